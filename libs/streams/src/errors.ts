/**
 * - `INVALID_TOPOLOGY`: the topology cannot be run as it is built (a name taken twice, no source, a bad option).
 * - `SERDE_MISSING`: an operator needs to write keys or values and was not told how.
 * - `INVALID_CONFIG`: an option of {@link KafkaStreams} that cannot be honoured.
 * - `MISSING_SOURCE_TOPIC`: a topic that is read does not exist, or was deleted.
 * - `MISSING_INTERNAL_TOPIC`: a repartition or changelog topic was deleted while the application ran.
 * - `PARTITIONS_CHANGED`: a topic has another number of partitions than when the application's state was made.
 * - `OFFSET_OUT_OF_RANGE`: the log does not hold the record to go on with.
 * - `NOT_COPARTITIONED`: topics that meet in one state have unlike partition counts.
 * - `INTERNAL_TOPIC_MISMATCH`: an existing repartition or changelog topic does not fit the topology.
 * - `ILLEGAL_STATE`: a call that the application's state does not allow.
 * - `RECORD_FAILED`: a record failed and the handler said to stop.
 * - `BUFFER_FULL`: more waits to go on than a buffer's bounds allow.
 * - `PROCESSOR_FAILED`: a processor failed where there was no record to blame: as it began, or in a punctuation.
 * - `RESTORE_FAILED`: a changelog could not be read to its end.
 * - `SHUTDOWN_REQUESTED`: an instance of the application has asked for the end of all of them.
 * - `INVALID_MODULE`: a module that cannot be run by `KafkaStreams.fromModule`.
 * - `WORKER_ENDED`: the worker of a stream thread has ended by itself: out of memory, an error that nobody caught, an exit.
 * - `WORKER_UNRESPONSIVE`: the worker of a stream thread says nothing, and does not end either: the process must be, by
 *   SIGKILL, since `process.exit` waits for it.
 * - `UNKNOWN_APPLICATION`: an application that is to be reset has left nothing behind.
 * - `STATE_LOCKED`: the state of a task on disk is in use by another process.
 * - `STATE_FULL`: the state of a task would become larger than it may be on disk.
 * - `STATE_UNREADABLE`: the state of a task on disk cannot be opened or written.
 */
export type StreamsErrorCode =
  | 'INVALID_TOPOLOGY'
  | 'SERDE_MISSING'
  | 'INVALID_CONFIG'
  | 'MISSING_SOURCE_TOPIC'
  | 'MISSING_INTERNAL_TOPIC'
  | 'PARTITIONS_CHANGED'
  | 'OFFSET_OUT_OF_RANGE'
  | 'NOT_COPARTITIONED'
  | 'INTERNAL_TOPIC_MISMATCH'
  | 'ILLEGAL_STATE'
  | 'RECORD_FAILED'
  | 'BUFFER_FULL'
  | 'PROCESSOR_FAILED'
  | 'RESTORE_FAILED'
  | 'SHUTDOWN_REQUESTED'
  | 'INVALID_MODULE'
  | 'WORKER_ENDED'
  | 'WORKER_UNRESPONSIVE'
  | 'UNKNOWN_APPLICATION'
  | 'STATE_LOCKED'
  | 'STATE_FULL'
  | 'STATE_UNREADABLE';

/** Every error this library raises itself. What brought it about is the `cause`. */
export class StreamsError extends Error {
  override readonly name = 'StreamsError';
  readonly code: StreamsErrorCode;

  constructor(code: StreamsErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
