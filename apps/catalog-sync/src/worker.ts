import type { Logger } from '@mesh/service';
import { setTimeout as sleep } from 'node:timers/promises';
import { longPollSeconds, type EventQueue, type ReceivedMessage } from './adapters/event-queue.js';
import type { MessageHandler, Verdict } from './domain/message-handler.js';
import { report } from './report.js';
import { settle } from './settle.js';

export interface WorkerOptions {
  readonly queue: EventQueue;
  readonly handler: MessageHandler;
  readonly concurrency: number;
  /** Milliseconds between two extensions of a message's visibility. */
  readonly heartbeatMs: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onVerdict: (verdict: Verdict) => void;
}

/** How long the queue is left alone after it could not be read. */
const pauseMs = 1_000;

/** Takes messages from the queue and does them, some at once, until it is told to stop. */
export class Worker {
  readonly #options: WorkerOptions;
  #problem: string | undefined = 'the queue has not been read yet';
  #inProgress = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** `true`, or why the queue cannot be read. */
  ready(): true | string {
    return this.#problem ?? true;
  }

  get inProgress(): number {
    return this.#inProgress;
  }

  /** Settles after the signal, once what was taken is settled. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#loop()));
  }

  async #loop(): Promise<void> {
    const { queue, signal, log } = this.#options;
    // The first answer is not waited for: it says whether the queue can be read.
    for (let wait = 0; !signal.aborted;) {
      let message: ReceivedMessage | undefined;
      try {
        message = await queue.receive(wait, signal);
        wait = longPollSeconds;
        this.#problem = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = `the queue cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        log.error({ err: error }, 'the queue cannot be read');
        await sleep(pauseMs, undefined, { signal }).catch((stopped: unknown) => {
          if (!signal.aborted) throw stopped;
        });
        continue;
      }
      if (message !== undefined) await this.#process(message);
    }
  }

  async #process(message: ReceivedMessage): Promise<void> {
    const { queue, handler, heartbeatMs, onVerdict } = this.#options;
    const log = this.#options.log.child({ messageId: message.id, receives: message.receives });
    const heartbeat = setInterval(() => {
      queue.extend(message.receipt).catch((error: unknown) => {
        log.warn(
          { err: error },
          'the message may be taken by another instance: its visibility was not extended',
        );
      });
    }, heartbeatMs);
    this.#inProgress++;
    try {
      const verdict = await handler.handle(message);
      report(log, verdict);
      await settle(queue, message, verdict, () => queue.delete(message.receipt));
      onVerdict(verdict);
    } catch (error) {
      // It becomes visible again by itself.
      log.error({ err: error }, 'what became of the event could not be told to the queue');
    } finally {
      clearInterval(heartbeat);
      this.#inProgress--;
    }
  }
}
