import { BatchingEngine } from './engine.js';
import type { SinkSnapshot } from './metrics.js';
import type { BatchingOptions } from './options.js';
import type { BatchTransport } from './transport.js';

/** A state of a record on its way. */
interface Version<T> {
  readonly payload: T;
  /** Its place in the order of all that was handed in. */
  readonly turn: number;
  readonly done: (error?: Error) => void;
}

/** The states of one id that are not done, the oldest first; in the engine once, whatever their number. */
interface Slot<T> {
  readonly id: string;
  readonly versions: Version<T>[];
  /** How many of the versions the last call stood for: it carried the newest of them. */
  carried: number;
}

/**
 * Writes the newest state of each id. States of one id take effect in order, since one at a time is under way; a newer
 * one replaces those that still wait, also between a call and its retry, and all of them are done when it is written.
 *
 * Where the service refuses a state, the one before it takes its place: what was replaced would have been written.
 */
export class NewestVersions<T> {
  readonly #engine: BatchingEngine<Slot<T>>;
  readonly #slots = new Map<string, Slot<T>>();
  #turn = 0;
  #waiting = 0;
  #superseded = 0;

  constructor(
    transport: BatchTransport<T>,
    maxRecords: number,
    options: BatchingOptions & { lingerMs: number },
  ) {
    this.#engine = new BatchingEngine<Slot<T>>(
      carryingNewest(transport),
      { maxRecords, maxBytes: Infinity, ordered: false },
      options,
    );
  }

  /** Takes a state over; `done` is called once, unless this is closed before. */
  add(id: string, payload: T, done: (error?: Error) => void): void {
    const version = { payload, turn: this.#turn, done };
    this.#turn += 1;
    this.#waiting += 1;
    const slot = this.#slots.get(id);
    if (slot !== undefined) {
      slot.versions.push(version);
      return;
    }
    const opened = { id, versions: [version], carried: 0 };
    this.#slots.set(id, opened);
    this.#enter(opened);
  }

  /** Settles when everything added before is done. */
  async flush(): Promise<void> {
    const end = this.#turn;
    const open = (): boolean =>
      [...this.#slots.values()].some(({ versions }) => (versions[0]?.turn ?? end) < end);
    // A state that came while its id was under way enters the engine only after that.
    while (open()) await this.#engine.flush();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  problem(): string | undefined {
    return this.#engine.problem();
  }

  /** `superseded`: states that a newer one made superfluous before they were sent. */
  snapshot(): SinkSnapshot & { readonly superseded: number } {
    return { ...this.#engine.snapshot(), pending: this.#waiting, superseded: this.#superseded };
  }

  #enter(slot: Slot<T>): void {
    slot.carried = 0;
    this.#engine.add('', slot, 0, (error) => this.#ended(slot, error));
  }

  #ended(slot: Slot<T>, error: Error | undefined): void {
    // A refusal is the newest's own: those before it are tried again.
    const ended =
      error === undefined ? slot.versions.splice(0, slot.carried) : slot.versions.splice(slot.carried - 1, 1);
    if (error === undefined) this.#superseded += ended.length - 1;
    this.#waiting -= ended.length;
    if (slot.versions.length === 0) this.#slots.delete(slot.id);
    else this.#enter(slot);
    for (const { done } of ended) done(error);
  }
}

/** At each call, the first or a retry, the newest state there is. */
function carryingNewest<T>(transport: BatchTransport<T>): BatchTransport<Slot<T>> {
  return {
    name: transport.name,
    send: (slots, signal) => {
      const newest = slots.flatMap((slot) => {
        slot.carried = slot.versions.length;
        const last = slot.versions.at(-1);
        return last === undefined ? [] : [last.payload];
      });
      return transport.send(newest, signal);
    },
    classify: (error) => transport.classify(error),
    // Those that were superseded too: this call is what they are done by.
    writesOf: ({ versions }) => versions.map(({ done }) => done),
  };
}
