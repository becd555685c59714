import {
  longSerde,
  QueryableStoreTypes,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  type Topology,
} from '@mesh/streams';
import { TopologyTestDriver } from '@mesh/streams/testing';

/** plays (by user) → how often each song was played in each minute. */
export function playsPerSong(): Topology {
  const builder = new StreamsBuilder();
  builder
    .stream('plays', { key: stringSerde, value: stringSerde })
    .groupBy((_user, song) => song, { name: 'by-song', key: stringSerde, value: stringSerde })
    .windowedBy(TimeWindows.of({ sizeMs: 60_000, graceMs: 10_000 }))
    .count({ store: 'plays-per-song' })
    .toStream()
    .map((window, plays) => [window.key, plays] as const)
    .to('trends', { key: stringSerde, value: longSerde });
  return builder.build();
}

// Without a broker: the tasks that production runs, over topics in memory.
const driver = new TopologyTestDriver(playsPerSong());
const plays = driver.createInputTopic('plays', { key: stringSerde, value: stringSerde });
const trends = driver.createOutputTopic('trends', { key: stringSerde, value: longSerde });
plays.pipeInput('ann', 'song-1', { timestamp: 1_000 });
plays.pipeInput('bob', 'song-1', { timestamp: 2_000 });

for (const { key, value } of trends.readRecords()) console.log(`${key}: ${value}`);
const store = driver.store('plays-per-song', QueryableStoreTypes.window(stringSerde, longSerde));
console.log(await store.get('song-1', 0));
driver.close();
