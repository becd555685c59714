/** Whose library runs a workload: ours, Kafka Streams, `@kafkats/flow`. */
export type Side = 'ours' | 'java' | 'flow';

/** What one run is told, on any side. */
export interface RunSettings {
  readonly side: Side;
  readonly workload: string;
  readonly bootstrap: string;
  /** Consumer group, internal topics, transactional id. */
  readonly application: string;
  readonly input: string;
  readonly table: string;
  readonly output: string;
  /** Source records of all kinds that make up the run. */
  readonly steps: number;
  readonly stepsPerRecord: number;
  readonly commitIntervalMs: number;
  readonly cacheBytes: number;
  readonly batchBytes: number;
  readonly lingerMs: number;
  readonly stateDir: string;
  /** Stream threads. */
  readonly threads: number;
}

/** What a run answers, from the first fifth of its records to the last. */
export interface Measurement {
  /** By wall time. */
  readonly recordsPerSecond: number;
  /** Of the process, with all its threads. */
  readonly cpuSecondsPerMillion: number;
  /** The most that was resident since the process began. */
  readonly rssMiB: number;
  readonly seconds: number;
}
