import { StreamsError } from '../errors.js';

/** As Kafka Streams' `KafkaStreams.State`. */
export type StreamsState =
  'CREATED' | 'REBALANCING' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'NOT_RUNNING' | 'PENDING_ERROR' | 'ERROR';

/**
 *                    CREATED ───────────────────────────┐
 *                       │ start                         │ close
 *                       ▼                               ▼
 *     ┌───────────► REBALANCING ──── close ───► PENDING_SHUTDOWN ──► NOT_RUNNING
 *     │ partitions      │  │                            ▲
 *     │ change, or      │  │ fatal error                │
 *     │ a task begins   │  └─────────► PENDING_ERROR ──► ERROR
 *     │ anew            ▼                  ▲            │
 *     └───────────── RUNNING ─── fatal ────┘            │
 *                       └──────────── close ────────────┘
 *
 * RUNNING: all tasks assigned to this instance have their state and process.
 */
const NEXT: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  CREATED: ['REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  REBALANCING: ['RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  RUNNING: ['REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  PENDING_SHUTDOWN: ['NOT_RUNNING'],
  PENDING_ERROR: ['ERROR'],
  NOT_RUNNING: [],
  ERROR: [],
};

export type StateListener = (next: StreamsState, previous: StreamsState) => void;

export class StateMachine {
  #state: StreamsState = 'CREATED';
  readonly #listener: StateListener;

  constructor(listener: StateListener) {
    this.#listener = listener;
  }

  get state(): StreamsState {
    return this.#state;
  }

  /** @throws StreamsError `ILLEGAL_STATE` for a step that the machine does not have */
  go(next: StreamsState): void {
    const previous = this.#state;
    if (next === previous) return;
    if (!NEXT[previous].includes(next)) {
      throw new StreamsError('ILLEGAL_STATE', `the application is ${previous} and cannot become ${next}`);
    }
    this.#state = next;
    this.#listener(next, previous);
  }

  can(next: StreamsState): boolean {
    return next === this.#state || NEXT[this.#state].includes(next);
  }
}
