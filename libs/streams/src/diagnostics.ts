import { channel, tracingChannel } from 'node:diagnostics_channel';
import type { SinkRecord } from './sink.js';

/**
 * What happens between a topology and its sinks, for whoever traces it, on Node's diagnostics channels: nothing here
 * knows of a tracer, and without a subscriber nothing is made to be published.
 */

/** A record is handed to a sink. `done`, as the sink got it, is what the later messages know the record by. */
export interface SinkWriteStarted {
  /** The operator's name in the topology. */
  readonly sink: string;
  readonly record: SinkRecord<unknown, unknown>;
  readonly done: (error?: Error) => void;
}

/** The record's effect is durable, or will never be. */
export interface SinkWriteEnded {
  readonly done: (error?: Error) => void;
  readonly error: Error | undefined;
}

/** One call to an external system, made for many records. */
export interface SinkCall {
  /** The system and its operation, as `firehose PutRecordBatch`. */
  readonly sink: string;
  /** The `done` of each record, as it was handed to the sink. */
  readonly writes: readonly ((error?: Error) => void)[];
}

/** Publishes {@link SinkWriteStarted}. */
export const sinkWriteStarted = channel('mesh.sink.write.started');
/** Publishes {@link SinkWriteEnded}. */
export const sinkWriteEnded = channel('mesh.sink.write.ended');
/** Traces {@link SinkCall}s; sinks publish on it. */
export const sinkCalls = tracingChannel<unknown, SinkCall>('mesh.sink.call');
