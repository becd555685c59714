import type { MapAsyncNode } from '../../topology/nodes.js';
import { isRetriable, OperatorFailure } from '../failures.js';
import type { Hold } from '../offsets.js';
import type { RecordContext } from '../record-context.js';
import type { OperatorEnvironment, Process } from './operator.js';

/** First wait before a call is repeated that failed with `retriable: true`; doubled each time. Milliseconds. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

interface Call {
  readonly key: unknown;
  readonly value: unknown;
  readonly context: RecordContext;
  readonly hold: Hold;
  /** What is kept in order, or `undefined` where nothing is to be. */
  readonly order: string | undefined;
}

/**
 * Calls of a user's asynchronous function: up to `concurrency` at once, those of one key one after the other, results
 * going on as they come. Each call keeps its record's offset from being committed until what follows it is done.
 *
 * @param unchangedKey whether the key is still the source record's, whose bytes then tell keys apart
 */
export function mapAsyncOperator(
  node: MapAsyncNode,
  env: OperatorEnvironment,
  unchangedKey: boolean,
  next: Process,
): Process {
  const calls = new Calls(node, env, next);
  const { context } = env;
  return (key, value) => {
    const order = unchangedKey ? context.record.key?.toString('latin1') : orderOf(key);
    // Before the copy, which takes the hold along: what follows the call belongs to the same offset.
    const hold = env.pending.hold();
    calls.take({ key, value, context: context.snapshot(), hold, order });
  };
}

class Calls {
  readonly #node: MapAsyncNode;
  readonly #env: OperatorEnvironment;
  readonly #next: Process;
  /** Calls ready to be made, oldest first. */
  readonly #ready: Call[] = [];
  /** For each key under way, the calls that wait for it. */
  readonly #keys = new Map<string, Call[]>();
  #running = 0;
  #held = 0;

  constructor(node: MapAsyncNode, env: OperatorEnvironment, next: Process) {
    this.#node = node;
    this.#env = env;
    this.#next = next;
  }

  take(call: Call): void {
    this.#held += 1;
    if (this.#held === this.#limit) this.#env.pending.full();
    const waiting = call.order === undefined ? undefined : this.#keys.get(call.order);
    if (waiting !== undefined) {
      waiting.push(call);
      return;
    }
    if (call.order !== undefined) this.#keys.set(call.order, []);
    this.#ready.push(call);
    this.#start();
  }

  /** Some more than run, so that a key that waits for itself does not leave others without work. */
  get #limit(): number {
    return this.#node.concurrency * 2;
  }

  #start(): void {
    while (this.#running < this.#node.concurrency) {
      const call = this.#ready.shift();
      if (call === undefined) return;
      this.#running += 1;
      this.#invoke(call, FIRST_RETRY_MS);
    }
  }

  #invoke(call: Call, retryMs: number): void {
    if (this.#env.pending.closed) return;
    const { map } = this.#node;
    // Through a promise also where the function throws before it returns one.
    new Promise<unknown>((resolve) => {
      resolve(
        map.changes === 'value'
          ? map.fn(call.value, call.key, call.context)
          : map.fn(call.key, call.value, call.context),
      );
    }).then(
      (result) => this.#succeeded(call, result),
      (error: unknown) => {
        if (isRetriable(error)) {
          const next = Math.min(retryMs * 2, LAST_RETRY_MS);
          this.#env.pending.later(retryMs, () => this.#invoke(call, next));
        } else {
          this.#env.pending.failed(
            call.context,
            new OperatorFailure('TRANSFORMATION', this.#node.name, error),
          );
          this.#finish(call);
        }
      },
    );
  }

  #succeeded(call: Call, result: unknown): void {
    this.#env.pending.resume(call.context, () => {
      if (this.#node.map.changes === 'value') {
        this.#next(call.key, result);
      } else {
        const [key, value] = result as readonly [unknown, unknown];
        this.#next(key, value);
      }
    });
    this.#finish(call);
  }

  #finish(call: Call): void {
    this.#env.pending.release(call.hold);
    this.#running -= 1;
    this.#held -= 1;
    if (this.#held === this.#limit - 1) this.#env.pending.free();
    if (call.order !== undefined) {
      const following = this.#keys.get(call.order)?.shift();
      if (following === undefined) this.#keys.delete(call.order);
      else this.#ready.push(following);
    }
    this.#start();
  }
}

function orderOf(key: unknown): string | undefined {
  if (key === null || key === undefined) return undefined;
  if (Buffer.isBuffer(key)) return key.toString('latin1');
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint')
    return `${typeof key}:${key}`;
  return JSON.stringify(key);
}
