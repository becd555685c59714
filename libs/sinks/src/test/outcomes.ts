import type { Sink, SinkRecord } from '@mesh/streams';

/** Writes values to a sink and keeps what became of each. */
export class Outcomes<V> {
  readonly ended: (Error | undefined)[] = [];
  readonly #sink: Sink<string, V>;
  #offset = 0;

  constructor(sink: Sink<string, V>) {
    this.#sink = sink;
  }

  write(value: V): void {
    const offset = this.#offset;
    this.#offset += 1;
    const record: SinkRecord<string, V> = {
      key: 'key',
      value,
      headers: [],
      timestamp: 0,
      topic: 'interactions',
      partition: 0,
      offset,
    };
    this.#sink.write(record, (error) => {
      if (offset in this.ended) throw new Error(`the record at ${offset} ended twice`);
      this.ended[offset] = error;
    });
  }

  /** How many have ended. */
  get count(): number {
    return Object.keys(this.ended).length;
  }

  /** The reasons of those rejected, by offset. */
  get rejected(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.ended).flatMap(([offset, error]) =>
        error === undefined ? [] : [[offset, 'reason' in error ? error.reason : error]],
      ),
    );
  }
}
