import type { Header } from '@mesh/kafka';

/**
 * A record whose key stays what it is: there is no other way to one than from the one that came, so that records stay in
 * the partition that their keys put them in.
 */
export class FixedKeyRecord<K, V> {
  readonly #key: K;
  readonly value: V;
  /** Milliseconds since the epoch, at least 0. */
  readonly timestamp: number;
  readonly headers: readonly Header[];

  /** Made by the library. */
  constructor(key: K, value: V, timestamp: number, headers: readonly Header[]) {
    this.#key = key;
    this.value = value;
    this.timestamp = timestamp;
    this.headers = headers;
  }

  get key(): K {
    return this.#key;
  }

  withValue<V2>(value: V2): FixedKeyRecord<K, V2> {
    return new FixedKeyRecord(this.#key, value, this.timestamp, this.headers);
  }

  withTimestamp(timestamp: number): FixedKeyRecord<K, V> {
    return new FixedKeyRecord(this.#key, this.value, timestamp, this.headers);
  }

  withHeaders(headers: readonly Header[]): FixedKeyRecord<K, V> {
    return new FixedKeyRecord(this.#key, this.value, this.timestamp, headers);
  }
}
