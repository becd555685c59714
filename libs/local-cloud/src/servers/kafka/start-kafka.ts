import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { LocalCloudError } from '../../errors.js';
import type { KafkaVersion } from '../../install/maven.js';
import { ManagedProcess } from '../managed-process.js';
import { freePorts, retryOnTakenPort } from '../ports.js';
import { brokerSpecs, liftFileLimit } from './broker-spec.js';
import { askCluster } from './probe.js';
import type { ListenerOptions, NodePlan } from './properties.js';

export interface KafkaOptions {
  /** Kept and used again by a later start; default: a temporary folder that `stop()` removes. */
  readonly dataDir?: string;
  /** Of the first broker, the others' follow; default: free ones. */
  readonly port?: number;
  /** Default: `KAFKA_BROKER_VERSION`, else the newest. */
  readonly version?: KafkaVersion;
  /** Per broker; default 256. */
  readonly heapMb?: number;
  /** How many brokers, default 1; with 3, internal topics have 3 replicas and need 2 in sync. */
  readonly brokers?: number;
  /** Doors beside the plaintext one, on free ports. */
  readonly listeners?: readonly ListenerOptions[];
  /** Created with the data folder, as `SCRAM-SHA-256=[name=alice,password=secret]`. */
  readonly scramUsers?: readonly string[];
  /** Added to server.properties of each broker. */
  readonly properties?: Readonly<Record<string, string>>;
  /**
   * Writes of a broker that would make a file larger fail, as all do on a full disk; a broker ends then. Above 11 MiB,
   * which its indexes take at once; segments grow to 1 GiB. Bytes, default: no limit.
   */
  readonly maxFileBytes?: number;
}

/** One JVM of the cluster. */
export interface KafkaBroker {
  /** Kafka's node id, from 1. */
  readonly id: number;
  readonly address: string;
  readonly pid: number;
  readonly logFile: string;
  readonly running: boolean;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A running cluster; `stop`, `kill` and `restart` are for all its brokers. */
export interface KafkaServer {
  /** For a client's broker list. */
  readonly bootstrap: string;
  /** As {@link bootstrap}, of one of the `listeners` asked for. */
  bootstrapOf(listener: string): string;
  /** Of the first broker. */
  readonly pid: number;
  readonly logFile: string;
  readonly brokers: readonly KafkaBroker[];
  /** SIGTERM, which lets a broker hand over and close its logs, then SIGKILL. */
  stop(): Promise<void>;
  /** SIGKILL; the data stays for `restart`. */
  kill(): Promise<void>;
  /** On the same ports and data. */
  restart(): Promise<void>;
  /** As `restart`, without `maxFileBytes`: someone has cleared the disk. */
  restartWithRoom(): Promise<void>;
}

/**
 * Starts real Apache Kafka (KRaft) on 127.0.0.1, and returns when it serves clients. The process ends with this
 * one at the latest.
 *
 * @throws LocalCloudError as `ManagedProcess.start` and `installOnce`.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const temporary = options.dataDir === undefined;
  const home = options.dataDir ?? mkdtempSync(join(tmpdir(), 'mesh-kafka-'));
  mkdirSync(home, { recursive: true });
  return retryOnTakenPort(options.port !== undefined, () => startIn(home, temporary, options));
}

async function startIn(home: string, temporary: boolean, options: KafkaOptions): Promise<KafkaServer> {
  const nodes = await plan(home, options);
  const specs = await brokerSpecs(nodes, {
    ...options,
    logFile: (node) => join(home, `broker-${String(node.id)}.log`),
  });
  const processes = specs.map((spec) => new ManagedProcess(spec));
  const startAll = async () => {
    try {
      await Promise.all(processes.map((broker) => broker.start()));
      await allRegistered(nodes);
    } catch (error) {
      await Promise.all(processes.map((broker) => broker.kill()));
      throw error;
    }
  };
  const restart = async () => {
    await Promise.all(processes.map((broker) => broker.stop()));
    await startAll();
  };
  await startAll();
  const first = processes[0] as ManagedProcess;
  return {
    bootstrap: nodes.map(address).join(','),
    bootstrapOf: (listener) =>
      nodes
        .flatMap((node) => node.listeners.filter(({ name }) => name === listener))
        .map(({ port }) => `127.0.0.1:${String(port)}`)
        .join(','),
    get pid() {
      return first.pid;
    },
    logFile: first.spec.logFile,
    brokers: processes.map((broker, index) => brokerHandle(nodes[index] as NodePlan, broker)),
    async stop() {
      await Promise.all(processes.map((broker) => broker.stop()));
      if (temporary) rmSync(home, { recursive: true, force: true });
    },
    async kill() {
      await Promise.all(processes.map((broker) => broker.kill()));
    },
    restart,
    async restartWithRoom() {
      for (const node of nodes) liftFileLimit(node);
      await restart();
    },
  };
}

async function plan(home: string, options: KafkaOptions): Promise<NodePlan[]> {
  const count = options.brokers ?? 1;
  const listeners = options.listeners ?? [];
  const free = await freePorts((2 + listeners.length) * count);
  const nextFree = () => free.shift() as number;
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    port: options.port === undefined ? nextFree() : options.port + index,
    controllerPort: nextFree(),
    dataDir: join(home, `data-${String(index + 1)}`),
    listeners: listeners.map((listener) => ({ ...listener, port: nextFree() })),
  }));
}

function address(node: NodePlan): string {
  return `127.0.0.1:${String(node.port)}`;
}

function brokerHandle(node: NodePlan, broker: ManagedProcess): KafkaBroker {
  return {
    id: node.id,
    address: address(node),
    get pid() {
      return broker.pid;
    },
    logFile: broker.spec.logFile,
    get running() {
      return broker.running;
    },
    stop: () => broker.stop(),
    kill: () => broker.kill(),
    restart: () => broker.restart(),
  };
}

/** Each broker of a cluster must see all of them before topics with replicas can be created. */
async function allRegistered(nodes: readonly NodePlan[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (const node of nodes) {
    for (;;) {
      const view = await askCluster(node.port);
      if (typeof view !== 'string' && view.brokers === nodes.length) break;
      if (Date.now() > deadline) {
        throw new LocalCloudError(
          'MESH_LOCAL_SERVER_NOT_READY',
          `broker ${address(node)} sees ${typeof view === 'string' ? view : `${String(view.brokers)} brokers`}, not ${String(nodes.length)}, after 30 s`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
