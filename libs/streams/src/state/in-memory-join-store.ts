import { Burials } from './burials.js';
import type { RetainingOptions } from './in-memory-window-store.js';
import { keyId } from './key-id.js';
import type { JoinStore, TimedEntry } from './ports.js';
import { windowLayout } from './timed-layouts.js';
import { Timeline } from './timeline.js';

/**
 * Of one time, whatever it is asked for, and never changed. There are as many as a stream has records within its windows:
 * what need not be a field is none.
 */
class Entry<V> implements TimedEntry<V> {
  /** The {@link keyId}, which those of one key share. */
  readonly id: string;
  readonly time: number;
  /** Tells entries of one key and time apart. */
  readonly sequence: number;
  readonly value: V;

  constructor(id: string, time: number, sequence: number, value: V) {
    this.id = id;
    this.time = time;
    this.sequence = sequence;
    this.value = value;
  }

  get key(): Buffer {
    return Buffer.from(this.id, 'latin1');
  }

  get start(): number {
    return this.time;
  }

  get timestamp(): number {
    return this.time;
  }
}

/** For each key a list of its records. They never wait in a cache. */
export class InMemoryJoinStore<V> implements JoinStore<V> {
  readonly name: string;
  readonly changes = undefined;
  readonly #options: RetainingOptions<V>;
  readonly #entries: Timeline<Entry<V>>;
  readonly #burials: Burials<Entry<V>>;
  #streamTime = -1;
  /** The latest time of any entry, as opposed to the records'. */
  #latest = -1;
  #sequence = 0;

  constructor(options: RetainingOptions<V>) {
    this.name = options.name;
    this.#options = options;
    this.#entries = new Timeline(options.retentionMs);
    this.#burials = new Burials(options.changelog, ({ key, time, sequence }) =>
      windowLayout.encode(key, time, time, sequence),
    );
  }

  get size(): number {
    return this.#entries.size;
  }

  get streamTime(): number {
    return this.#streamTime;
  }

  get earliest(): number {
    return this.#latest - this.#options.retentionMs;
  }

  advance(time: number): void {
    if (time > this.#streamTime) this.#streamTime = time;
  }

  outdate(time: number): void {
    if (time > this.#latest) this.#latest = time;
  }

  fetch(key: Buffer, from: number, to: number): readonly TimedEntry<V>[] {
    return this.#entries.range(keyId(key), Math.max(from, this.earliest), to);
  }

  all(): Iterable<TimedEntry<V>> {
    return this.#entries.all();
  }

  add(key: Buffer, time: number, _start: number, value: V): void {
    this.advance(time);
    this.outdate(time);
    for (const entry of this.#entries.expire(this.earliest)) this.#burials.add(entry);
    this.#burials.work(this.#streamTime);
    if (time < this.earliest) return;
    this.#sequence = (this.#sequence + 1) & 0x7fff_ffff;
    const { changelog, changelogTopic, value: serde } = this.#options;
    const data = serde.serialize(changelogTopic, value, []);
    changelog.write(windowLayout.encode(key, time, time, this.#sequence), data, time);
    this.#entries.insert(new Entry(this.#entries.shared(keyId(key)), time, this.#sequence, value));
  }

  restore(changelogKey: Buffer, data: Buffer | null, timestamp: number): void {
    const { key, time, sequence } = windowLayout.decode(changelogKey);
    const id = this.#entries.shared(keyId(key));
    this.advance(timestamp);
    if (data !== null) this.outdate(time);
    if (sequence > this.#sequence) this.#sequence = sequence;
    const known = this.#entries.range(id, time, time).find((entry) => entry.sequence === sequence);
    if (known !== undefined) this.#entries.remove(known);
    if (data === null) return;
    const { changelogTopic, value: serde } = this.#options;
    this.#entries.insert(new Entry(id, time, sequence, serde.deserialize(changelogTopic, data, [])));
  }

  /** What is added is written, and goes on, at once. */
  flush(): void {}

  close(): void {}
}
