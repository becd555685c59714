import type { Admin, KafkaLogger } from '@mesh/kafka';
import { extname } from 'node:path';
import { Worker, type ResourceLimits } from 'node:worker_threads';
import { StreamsError } from '../../errors.js';
import type { ApplicationThread } from '../application-thread.js';
import { toError } from '../failures.js';
import type { StateQueryRequest, StateQueryResult } from '../queries/query.js';
import { within } from '../signal.js';
import type { ThreadListener } from '../stream-thread.js';
import {
  decodeError,
  type FromWorker,
  type ToWorker,
  type WorkerStart,
  type WorkerStatus,
} from './protocol.js';
import { Silence } from './silence.js';

/** How workers are made: see `node:worker_threads`. */
export interface StreamsWorkerOptions {
  readonly resourceLimits?: ResourceLimits;
  readonly execArgv?: readonly string[];
  /**
   * A worker whose event loop has not gone round for so long is ended, as a thread that has failed. Where it does not end
   * either, because it hangs in native code, so does the application: see `WORKER_UNRESPONSIVE`. Milliseconds, at least
   * 2,000; default 300,000, as `max.poll.interval.ms`.
   */
  readonly unresponsiveAfterMs?: number;
}

export interface WorkerThreadOptions {
  readonly start: Omit<WorkerStart, 'paused'>;
  readonly worker: StreamsWorkerOptions;
  readonly admin: Admin;
  readonly logger: KafkaLogger;
  readonly listener: ThreadListener;
}

const ENTRY = new URL(`./worker-main${extname(import.meta.url)}`, import.meta.url);
const UNRESPONSIVE_AFTER_MS = 300_000;
/** For a worker that is terminated because it says nothing. What is not in native code ends at once. Milliseconds. */
const TERMINATE_MS = 5_000;
/** Beyond the thread's own time to stop: for sinks and clients to close. Milliseconds. */
const CLOSE_MS = 2_000;
/** For a worker in which all is closed to end: what the module has left running would keep it. Milliseconds. */
const EXIT_MS = 1_000;

interface Asked {
  readonly resolve: (result: StateQueryResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A stream thread in a worker, with an event loop, and so a core, of its own. A worker that ends by itself is a thread
 * that has failed: what it had not committed, another does.
 */
export class WorkerThread implements ApplicationThread {
  readonly #options: WorkerThreadOptions;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #stopped: Promise<void> = Promise.resolve();
  #onStopped: (() => void) | undefined;
  #stopping: Promise<void> | undefined;
  /** It has failed, or is being stopped: what it still says of itself is nobody's concern. */
  #over = false;
  #paused = false;
  #status: WorkerStatus = { member: undefined, waiting: 'starting a worker', metrics: [] };
  #queries = 0;
  #silence: Silence | undefined;
  /** It was terminated since it said nothing. */
  #silent = false;
  /** It does not end, and can't be made to while the process runs. */
  #hangs = false;

  constructor(options: WorkerThreadOptions) {
    this.#options = options;
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.#tell({ type: 'pause', paused });
  }

  get waiting(): string | undefined {
    return this.#status.waiting;
  }

  get metrics(): WorkerStatus['metrics'] {
    return this.#status.metrics;
  }

  start(): void {
    const { start, worker: options } = this.#options;
    const { resourceLimits, execArgv, unresponsiveAfterMs = UNRESPONSIVE_AFTER_MS } = options;
    const workerData: WorkerStart = { ...start, paused: this.#paused };
    let worker: Worker;
    try {
      worker = new Worker(ENTRY, {
        name: `${start.applicationId}-${start.index + 1}`,
        workerData,
        ...(resourceLimits === undefined ? {} : { resourceLimits }),
        ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      });
    } catch (error) {
      const what = `execArgv or resourceLimits: no worker can be made with them: ${toError(error).message}`;
      queueMicrotask(() => this.#failed(new StreamsError('INVALID_CONFIG', what, { cause: error })));
      return;
    }
    this.#worker = worker;
    this.#stopped = new Promise((resolve) => {
      this.#onStopped = resolve;
    });
    let uncaught: Error | undefined;
    const silence = new Silence(
      unresponsiveAfterMs,
      () => void this.#unresponsive(worker, unresponsiveAfterMs),
    );
    this.#silence = silence;
    worker.on('message', (message: FromWorker) => {
      silence.heard();
      this.#take(message);
    });
    worker.on('error', (error) => {
      uncaught = toError(error);
    });
    this.#exited = new Promise((resolve) => {
      // Not before: until then it may hold files, and its transaction.
      worker.once('exit', (code) => {
        this.#worker = undefined;
        silence.end();
        this.#onStopped?.();
        this.#ended(code, uncaught);
        resolve();
      });
    });
  }

  stop(timeoutMs: number, leaveGroup?: boolean): Promise<void> {
    this.#over = true;
    this.#silence?.end();
    this.#stopping ??= this.#stop(timeoutMs, leaveGroup);
    return this.#stopping;
  }

  query(request: StateQueryRequest): Promise<StateQueryResult> {
    if (this.#worker === undefined) return Promise.resolve([]);
    const id = ++this.#queries;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#tell({ type: 'query', id, request });
    });
  }

  async #stop(timeoutMs: number, leaveGroup: boolean | undefined): Promise<void> {
    if (this.#hangs) return;
    this.#tell({ type: 'stop', timeoutMs, leaveGroup });
    const stopped = await within(timeoutMs + CLOSE_MS, this.#stopped);
    if (stopped && (await within(EXIT_MS, this.#exited))) return;
    const { logger, start } = this.#options;
    const thread = start.index + 1;
    if (!stopped) logger.warn({ thread, timeoutMs }, 'terminating a worker that does not close in time');
    void this.#worker?.terminate();
    // What native code holds it up may hold it for ever.
    if (!(await within(EXIT_MS, this.#exited))) logger.warn({ thread }, 'a worker does not end');
  }

  #take(message: FromWorker): void {
    const { listener } = this.#options;
    if ('status' in message) this.#status = message.status;
    switch (message.type) {
      case 'alive':
      case 'status':
        break;
      case 'rebalancing':
        if (!this.#over) listener.onRebalancing();
        break;
      case 'running':
        if (!this.#over) listener.onRunning();
        break;
      case 'instances':
        if (!this.#over) listener.onInstances(message.instances);
        break;
      case 'answer':
        this.#answered(message.id)?.resolve(message.result);
        break;
      case 'unanswered':
        this.#answered(message.id)?.reject(decodeError(message.error));
        break;
      case 'failed':
        this.#failed(decodeError(message.error));
        break;
      case 'stopped':
        this.#onStopped?.();
        break;
    }
  }

  #answered(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  /** Says nothing any more: it is ended, where that can be done. */
  async #unresponsive(worker: Worker, afterMs: number): Promise<void> {
    if (this.#over) return;
    const { applicationId, index } = this.#options.start;
    const thread = index + 1;
    this.#options.logger.warn({ thread, afterMs }, 'terminating a worker that says nothing');
    this.#silent = true;
    void worker.terminate();
    if ((await within(TERMINATE_MS, this.#exited)) || this.#over) return;
    this.#hangs = true;
    this.#gone();
    this.#failed(
      new StreamsError(
        'WORKER_UNRESPONSIVE',
        `the worker of stream thread ${thread} of ${applicationId} has said nothing for ${afterMs} ms and cannot be ended: ` +
          `it hangs in native code, as where it ran out of memory in the middle of a commit to disk. Its tasks stay locked ` +
          `while this process lives: end it by SIGKILL, since process.exit waits for the worker`,
      ),
    );
  }

  /** What it had is not here any more. */
  #gone(): void {
    for (const { resolve } of this.#asked.values()) resolve([]);
    this.#asked.clear();
    if (!this.#over) void this.#leaveGroup();
  }

  #ended(code: number, uncaught: Error | undefined): void {
    this.#gone();
    const { applicationId, index } = this.#options.start;
    const how = this.#silent ? 'terminated, since it said nothing' : `with exit code ${code}`;
    const why = uncaught === undefined ? how : `after an error: ${uncaught.message}`;
    this.#failed(
      new StreamsError(
        'WORKER_ENDED',
        `the worker of stream thread ${index + 1} of ${applicationId} has ended by itself, ${why}`,
        uncaught === undefined ? {} : { cause: uncaught },
      ),
    );
  }

  /** For a worker that cannot any more, so that others have its tasks at once. Never throws. */
  async #leaveGroup(): Promise<void> {
    const { member } = this.#status;
    // A static one is back in a moment.
    if (member === undefined || member.instanceId !== undefined) return;
    const { admin, logger } = this.#options;
    try {
      await admin.removeMember(member);
    } catch (error) {
      logger.warn({ err: error }, 'could not take a dead worker out of the group: its session will time out');
    }
  }

  #failed(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.listener.onFatal(error);
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}
