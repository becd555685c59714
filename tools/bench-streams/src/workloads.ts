/** What is measured. The Java harness knows the same names. */
export interface Workload {
  readonly name: string;
  /** Of the side that is ours: the library, or the client without it. */
  readonly ours: 'streams' | 'raw';
  readonly exactlyOnce: boolean;
  /** Source records that the library takes for each of the input's: a repartition topic's count too. */
  readonly stepsPerRecord: number;
  /** Whether its state is behind a cache, where there is one. */
  readonly caches: boolean;
  /** Whether a table of all keys is read first. */
  readonly readsTable: boolean;
  /** What Kafka Streams keeps its state in. */
  readonly javaStore: 'memory' | 'persistent';
  /** Whether `@kafkats/flow` can do the same. */
  readonly flow: boolean;
  /** Records written to the output for each of the input, at least and at most, where nothing is cached. */
  readonly outputsPerRecord: readonly [least: number, most: number];
}

const plain = {
  ours: 'streams',
  exactlyOnce: false,
  stepsPerRecord: 1,
  caches: false,
  readsTable: false,
  javaStore: 'memory',
  outputsPerRecord: [1, 1],
  flow: false,
} as const;

export const workloads: readonly Workload[] = [
  { ...plain, name: 'stateless', flow: true },
  { ...plain, name: 'stateless-eos', exactlyOnce: true, flow: true },
  { ...plain, name: 'count-memory', caches: true, flow: true },
  {
    ...plain,
    name: 'count-persistent',
    caches: true,
    javaStore: 'persistent',
  },
  { ...plain, name: 'count-eos', caches: true, exactlyOnce: true, flow: true },
  { ...plain, name: 'repartition-count', caches: true, stepsPerRecord: 2 },
  { ...plain, name: 'windowed-count', caches: true, flow: true },
  // Kafka Streams' in-memory window store walks all times of a range: twenty times slower than its persistent one.
  { ...plain, name: 'stream-stream-join', javaStore: 'persistent', outputsPerRecord: [0.001, 1] },
  // Records that come before the table's row find no match; its times are before all others'.
  { ...plain, name: 'stream-table-join', readsTable: true, outputsPerRecord: [0.5, 1] },
  { ...plain, name: 'raw', ours: 'raw' },
  { ...plain, name: 'raw-eos', ours: 'raw', exactlyOnce: true },
];

/** @throws RangeError for a name that there is not */
export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name);
  if (found === undefined) {
    throw new RangeError(
      `there is no workload ${name}; there are ${workloads.map((one) => one.name).join(', ')}`,
    );
  }
  return found;
}
