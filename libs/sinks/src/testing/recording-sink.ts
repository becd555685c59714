import type { Sink, SinkRecord } from '@mesh/streams';

/** A sink for tests of topologies: keeps what it is given and ends each record at once, as `outcome` says. */
export class RecordingSink<K, V> implements Sink<K, V> {
  readonly records: SinkRecord<K, V>[] = [];
  outcome: (record: SinkRecord<K, V>) => Error | undefined = () => undefined;

  write(record: SinkRecord<K, V>, done: (error?: Error) => void): void {
    this.records.push(record);
    done(this.outcome(record));
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
