import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDoubles } from '@mesh/local-cloud';

/** The registry's double on a free port. */
export interface GlueDouble {
  /** What the real SDK client needs to talk to it. */
  readonly sdk: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  /** Calls of an operation since the double started. */
  calls(operation: string): Promise<number>;
  /** Takes effect for calls to come. */
  fault(spec: {
    operation?: string;
    kind: string;
    code?: string;
    count?: number;
    latencyMs?: number;
  }): Promise<void>;
  clearFaults(): Promise<void>;
  /** How long a checked version is PENDING. */
  pending(ms: number): Promise<void>;
  /** Like a registry that cannot be reached; what it has answered survives. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

interface Stats {
  readonly services: Readonly<Record<string, Readonly<Record<string, { readonly calls: number }>>>>;
}

export async function startGlueDouble(): Promise<GlueDouble> {
  const stateDir = await mkdtemp(join(tmpdir(), 'mesh-serde-glue-'));
  let doubles = await startDoubles({ stateDir, log: () => undefined });
  const { url } = doubles;
  const port = Number(new URL(url).port);
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${url}/_double/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  return {
    sdk: {
      region: 'us-east-1',
      endpoint: url,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 2,
    },
    calls: async (operation) => {
      const stats = (await (await fetch(`${url}/_double/stats`)).json()) as Stats;
      return stats.services['glue']?.[operation]?.calls ?? 0;
    },
    fault: (spec) => post('faults', { service: 'glue', ...spec }),
    clearFaults: async () => {
      await fetch(`${url}/_double/faults`, { method: 'DELETE' });
    },
    pending: (ms) => post('glue/pending', { ms }),
    stop: () => doubles.close(),
    start: async () => {
      doubles = await startDoubles({ stateDir, port, log: () => undefined });
    },
    close: async () => {
      await doubles.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
