/** What a task counts while it runs: plain fields, read when somebody asks. */
export class TaskCounters {
  processed = 0;
  /** Late beyond the grace, or without a key where one is needed: Kafka Streams' `dropped-records-total`. */
  dropped = 0;
  deadLettered = 0;
  skipped = 0;
}
