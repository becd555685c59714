import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

import { LocalCloudError } from '../errors.js';

const LOWEST = 15_000;
const handedOut = new Set<number>();

/**
 * A port on 127.0.0.1 on which nothing listens, never the same twice from one process.
 *
 * It lies below the range from which the system takes the source ports of outgoing connections. A port of
 * that range could not be relied on while its server restarts: a client's connection may take it, or a client
 * that dials it may even be connected to itself.
 *
 * @throws LocalCloudError `MESH_LOCAL_PORT_TAKEN` when 200 random candidates are all taken.
 */
export async function freePort(): Promise<number> {
  const highest = ephemeralStart() - 1;
  for (let tries = 0; tries < 200; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (highest - LOWEST + 1));
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new LocalCloudError(
    'MESH_LOCAL_PORT_TAKEN',
    `no free port was found between ${String(LOWEST)} and ${String(highest)} on 127.0.0.1: see what listens there (ss -ltn)`,
  );
}

/** Several free ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/**
 * Runs `start` again when another process took its port between choosing and listening.
 *
 * @param fixed the caller named the port, so that there is no other to try.
 */
export async function retryOnTakenPort<T>(fixed: boolean, start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const taken = error instanceof LocalCloudError && error.code === 'MESH_LOCAL_PORT_TAKEN';
      if (!taken || fixed || attempt === 3) throw error;
    }
  }
}

/** Can this port be listened on at 127.0.0.1 now? */
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

function ephemeralStart(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
    return first > LOWEST + 1000 ? first : 32_768;
  } catch {
    // Not Linux: 49152 is the start elsewhere, and what is below Linux's default is below it as well.
    return 32_768;
  }
}
