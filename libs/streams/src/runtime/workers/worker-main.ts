// A stream thread in a worker: runs the user's module, and does what the application says (see `protocol.ts`).
import { parentPort, workerData } from 'node:worker_threads';
import { StreamsError } from '../../errors.js';
import type { Topology } from '../../topology/topology.js';
import { closeAll, sinkClosings } from '../closing.js';
import { runtimeConfig, type RuntimeConfig } from '../config.js';
import type { LocalThread } from '../local-thread.js';
import { queryThreads } from '../queries/fan-out.js';
import type { StateQueryRequest, StateQueryResult } from '../queries/query.js';
import { ThreadHost } from '../thread-host.js';
import {
  encodeError,
  type FromWorker,
  type ToWorker,
  type WorkerStart,
  type WorkerStatus,
} from './protocol.js';
import { invalid, loadModule } from './streams-module.js';

/** How often metrics are told, beside each time that something happens; and that it is alive. Milliseconds. */
const STATUS_MS = 500;

class StreamWorker {
  readonly #start: WorkerStart;
  readonly #tell: (message: FromWorker) => void;
  readonly #closings: (() => Promise<void>)[] = [];
  #topology: Topology | undefined;
  #config: RuntimeConfig | undefined;
  #host: ThreadHost | undefined;
  #thread: LocalThread | undefined;
  #paused: boolean;
  #stopping = false;
  #statusTimer: NodeJS.Timeout | undefined;

  constructor(start: WorkerStart, tell: (message: FromWorker) => void) {
    this.#start = start;
    this.#tell = tell;
    this.#paused = start.paused;
    // From the first: global tables may be read for long before there is anything else to tell.
    setInterval(() => this.#tell({ type: 'alive' }), STATUS_MS).unref();
  }

  /** Never throws: what fails is told. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#tell({ type: 'failed', error: encodeError(error) });
    }
  }

  async #run(): Promise<void> {
    const { module, data, index, instanceId, numStreamThreads, topics } = this.#start;
    const { topology, options } = await loadModule(module, data);
    this.#closings.push(() => options.client.close(), ...sinkClosings(topology));
    const config = runtimeConfig({ ...options, instanceId, numStreamThreads });
    [this.#topology, this.#config] = [topology, config];
    this.#requireSame(topology, config);
    const admin = config.client.admin();
    const onFatal = (error: Error): void => this.#tell({ type: 'failed', error: encodeError(error) });
    const host = new ThreadHost({ topology, config, admin, topics, onFatal });
    this.#closings.push(
      () => admin.close(),
      () => host.stop(),
    );
    this.#host = host;
    await host.start();
    if (this.#stopping) return;
    const thread = host.thread(index, {
      onRebalancing: () => this.#tell({ type: 'rebalancing', status: this.#status() }),
      onRunning: () => this.#tell({ type: 'running', status: this.#status() }),
      onInstances: (instances) => this.#tell({ type: 'instances', instances }),
      onFatal,
    });
    this.#thread = thread;
    thread.paused = this.#paused;
    this.#statusTimer = setInterval(() => this.#tell({ type: 'status', status: this.#status() }), STATUS_MS);
    thread.start();
  }

  take(message: ToWorker): void {
    switch (message.type) {
      case 'pause':
        this.#paused = message.paused;
        if (this.#thread !== undefined) this.#thread.paused = message.paused;
        break;
      case 'query':
        void this.#answer(message.id, message.request);
        break;
      case 'stop':
        void this.#stop(message.timeoutMs, message.leaveGroup);
        break;
    }
  }

  /** Members with unlike topologies would share tasks out that only some of them have. */
  #requireSame(topology: Topology, { applicationId }: RuntimeConfig): void {
    const { module, topology: expected, applicationId: application } = this.#start;
    if (topology.describe() === expected && applicationId === application) return;
    throw invalid(
      `${module} gives another topology or applicationId in a worker than outside: what they depend on must come in the data`,
    );
  }

  #status(): WorkerStatus {
    const { member, waiting, metrics = [] } = this.#thread ?? {};
    return { member, waiting, metrics };
  }

  async #answer(id: number, request: StateQueryRequest): Promise<void> {
    try {
      this.#tell({ type: 'answer', id, result: compact(await this.#query(request)) });
    } catch (error) {
      this.#tell({ type: 'unanswered', id, error: encodeError(error) });
    }
  }

  async #query(request: StateQueryRequest): Promise<StateQueryResult> {
    const [topology, config, host] = [this.#topology, this.#config, this.#host];
    if (topology === undefined || config === undefined || host === undefined) return [];
    const { applicationId } = config;
    const threads = this.#thread === undefined ? [] : [this.#thread];
    return queryThreads({ topology, applicationId, tasks: host.queryable, threads }, request);
  }

  async #stop(timeoutMs: number, leaveGroup: boolean | undefined): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#statusTimer);
    await this.#thread?.stop(timeoutMs, leaveGroup);
    const logger = this.#config?.logger;
    if (logger !== undefined) await closeAll(logger, this.#closings.reverse());
    this.#tell({ type: 'stopped' });
    parentPort?.close();
  }
}

/** Without the memory that bytes may be small parts of: all of it would be cloned with them. */
function compact(result: StateQueryResult): StateQueryResult {
  return result.map((part) =>
    'entries' in part
      ? {
          ...part,
          entries: part.entries.map((entry) => ({
            ...entry,
            key: Uint8Array.from(entry.key),
            value: Uint8Array.from(entry.value),
          })),
        }
      : part,
  );
}

const port = parentPort;
if (port === null) throw new StreamsError('ILLEGAL_STATE', 'this module is the beginning of a worker');
const worker = new StreamWorker(workerData as WorkerStart, (message) => port.postMessage(message));
port.on('message', (message: ToWorker) => worker.take(message));
await worker.run();
