import {
  JoinWindows,
  longSerde,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  type Topology,
} from '@mesh/streams';
import type { RunSettings } from './settings.js';

const strings = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: longSerde };

/** The workloads on our library; java/src/main/java/bench/StreamsRun.java has the same ones. */
export function topologyOf({ workload, input, table, output }: RunSettings): Topology {
  const builder = new StreamsBuilder();
  const records = builder.stream(input, strings);
  switch (workload) {
    case 'stateless':
    case 'stateless-eos':
      records
        .filter((_key, value) => (value as string | null) !== null)
        .mapValues((value) => value.slice(50))
        .to(output, strings);
      break;
    case 'count-memory':
    case 'count-persistent':
    case 'count-eos':
      records.groupByKey().count({ store: 'counts' }).toStream().to(output, counts);
      break;
    case 'repartition-count':
      records
        .selectKey((key) => `${key}r`)
        .groupByKey({ name: 'by-new-key', ...strings })
        .count({ store: 'counts' })
        .toStream()
        .to(output, counts);
      break;
    case 'windowed-count':
      records
        .groupByKey()
        .windowedBy(TimeWindows.of({ sizeMs: 10_000, graceMs: 5_000 }))
        .count({ store: 'windows' })
        .toStream()
        .map((windowed, count) => [windowed.key, count] as const)
        .to(output, counts);
      break;
    case 'stream-stream-join':
      records
        .filter((_key, value) => isEven(value))
        .join(
          records.filter((_key, value) => !isEven(value)),
          () => 'j',
          {
            name: 'pairs',
            windows: JoinWindows.of({ beforeMs: 10_000, afterMs: 10_000, graceMs: 5_000 }),
            ...strings,
            otherValue: stringSerde,
          },
        )
        .to(output, strings);
      break;
    case 'stream-table-join':
      records
        .join(builder.table(table, { ...strings, store: 'table' }), (value, other) => value.slice(50) + other)
        .to(output, strings);
      break;
    default:
      throw new RangeError(`there is no topology for ${workload}`);
  }
  return builder.build();
}

function isEven(value: string): boolean {
  return value.charCodeAt(value.length - 1) % 2 === 0;
}
