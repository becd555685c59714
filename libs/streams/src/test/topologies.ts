import { longSerde, stringSerde, StreamsBuilder, TimeWindows, type Sink, type Topology } from '../index.js';

const strings = { key: stringSerde, value: stringSerde };

export const WINDOW_MS = 1_000;

/**
 * Re-keys by the first part of the value (`group:id`), counts groups in windows, and passes the records themselves on:
 * two sub-topologies, a repartition topic, a changelog and three outputs. Each count goes on, so that a lost or repeated
 * one shows.
 */
export function countingTopology(
  name: string,
  more: (builder: StreamsBuilder) => void = () => undefined,
): Topology {
  const builder = new StreamsBuilder();
  more(builder);
  const input = builder.stream(`${name}-in`, strings);
  input.mapValues((value) => `${value}!`).to(`${name}-copies`, strings);
  input
    .groupBy((_key, value) => value.split(':')[0] ?? '', { name: 'by-group', ...strings })
    .windowedBy(TimeWindows.of({ sizeMs: WINDOW_MS, graceMs: 60 * 60 * 1000 }))
    .count({ store: 'groups', caching: false })
    .toStream()
    .map((windowed, count) => [`${windowed.key}@${windowed.start}`, count] as const)
    .to(`${name}-counts`, { key: stringSerde, value: longSerde });
  return builder.build();
}

/** As {@link countingTopology}, beside a global table `names`. */
export function countingTopologyWithNames(name: string): Topology {
  return countingTopology(name, (builder) => {
    builder.globalTable(`${name}-names`, { ...strings, store: 'names' });
  });
}

/**
 * Each record waits for another to be processed at the same time, and goes on as `met` or, after a while, as `alone`.
 *
 * @param here how many are there
 */
export function meetingTopology(name: string, here: Int32Array<SharedArrayBuffer>): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(`${name}-in`, strings)
    .mapValues(() => {
      const met = Atomics.add(here, 0, 1) > 0 || Atomics.wait(here, 0, 1, 10_000) !== 'timed-out';
      Atomics.notify(here, 0);
      return met ? 'met' : 'alone';
    })
    .to(`${name}-copies`, strings);
  return builder.build();
}

/** Passes records on; the simplest there is. */
export function copyingTopology(name: string): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream(`${name}-in`, strings)
    .mapValues((value) => `${value}!`)
    .to(`${name}-copies`, strings);
  return builder.build();
}

export function sinkTopology(name: string, sink: Sink<string, string>): Topology {
  const builder = new StreamsBuilder();
  builder.stream(`${name}-in`, strings).sink(sink, { name: 'external', maxOutstanding: 200 });
  return builder.build();
}
