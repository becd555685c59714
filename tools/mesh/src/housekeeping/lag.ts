import type { Admin, KafkaClient, PartitionOffset } from '@mesh/kafka';
import { formatTable } from '../table.js';

/** How far a consumer group is behind in one partition. */
export interface Lag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The offset that is read next. */
  readonly committed: number;
  /** The offset after the last record that may be read; those of open transactions don't count. */
  readonly end: number;
  /** Offsets between the two; transactions' markers count too, so a topic written by them rarely shows 0 as 0 records. */
  readonly behind: number;
  /** How long ago the oldest record not yet done was written, by its timestamp; absent where there is none. Milliseconds. */
  readonly oldestMs?: number;
}

/** How long reading the oldest waiting record may take. Milliseconds. */
const PATIENCE_MS = 10_000;

/** The lag of a group in every partition it has committed in, by topic and partition. */
export async function lagOf(
  client: KafkaClient,
  admin: Admin,
  group: string,
  now = Date.now(),
): Promise<readonly Lag[]> {
  const committed = await admin.groupOffsets(group);
  const ends = await admin.endOffsets(committed);
  const endOf = new Map(ends.map((end) => [`${end.topic} ${end.partition}`, end.offset]));
  const lags = committed.map((position): Lag => {
    const { topic, partition, offset } = position;
    const end = endOf.get(`${topic} ${partition}`) ?? offset;
    return { group, topic, partition, committed: offset, end, behind: Math.max(0, end - offset) };
  });
  const oldest = await oldestWaiting(
    client,
    lags.filter(({ behind }) => behind > 0).map((lag) => ({ ...lag, offset: lag.committed })),
  );
  return lags
    .map((lag) => {
      const timestamp = oldest.get(`${lag.topic} ${lag.partition}`);
      return timestamp === undefined ? lag : { ...lag, oldestMs: Math.max(0, now - timestamp) };
    })
    .sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
}

/** The timestamps of the first records from the given offsets on, by `topic partition`. */
async function oldestWaiting(
  client: KafkaClient,
  from: readonly PartitionOffset[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  if (from.length === 0) return found;
  // A partition whose waiting offsets are only markers brings no record; what it skips says that it is done.
  const open = new Map(from.map((position) => [`${position.topic} ${position.partition}`, position]));
  const reader = await client.reader(from);
  try {
    const deadline = Date.now() + PATIENCE_MS;
    while (open.size > 0 && Date.now() < deadline) {
      for (const batch of await reader.poll(500)) {
        const key = `${batch.topic} ${batch.partition}`;
        const [first] = batch.records;
        if (first !== undefined && !found.has(key)) found.set(key, first.timestamp);
        if (first !== undefined || batch.nextOffset > (open.get(key)?.offset ?? 0)) open.delete(key);
      }
    }
  } finally {
    await reader.close();
  }
  return found;
}

/** One line a topic of each group, or one a partition. */
export function formatLag(lags: readonly Lag[], perPartition: boolean): string {
  if (perPartition) {
    return formatTable([
      ['application', 'topic', 'partition', 'committed', 'end', 'behind', 'oldest waiting'],
      ...lags.map((lag) => [
        lag.group,
        lag.topic,
        lag.partition,
        lag.committed,
        lag.end,
        lag.behind,
        duration(lag.oldestMs),
      ]),
    ]);
  }
  const topics = [...Map.groupBy(lags, ({ group, topic }) => `${group} ${topic}`).values()];
  return formatTable([
    ['application', 'topic', 'partitions', 'behind', 'oldest waiting'],
    ...topics.map((of) => {
      const ages = of.flatMap(({ oldestMs }) => (oldestMs === undefined ? [] : [oldestMs]));
      return [
        of[0]?.group ?? '',
        of[0]?.topic ?? '',
        of.length,
        of.reduce((sum, { behind }) => sum + behind, 0),
        duration(ages.length === 0 ? undefined : Math.max(...ages)),
      ];
    }),
  ]);
}

/** `3 h 20 min`, as coarse as is useful; `-` where nothing waits. */
function duration(ms: number | undefined): string {
  if (ms === undefined) return '-';
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
