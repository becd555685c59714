import {
  JoinWindows,
  longSerde,
  nullable,
  SessionWindows,
  sessionWindowedSerde,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  timeWindowedSerde,
  type Topology,
} from '../../index.js';

const strings = { key: stringSerde, value: stringSerde };
const WINDOW_MS = 1_000;

export const inputTopics = ['plays', 'users', 'likes', 'plans'] as const;
export const outputTopics = [
  'song-counts',
  'window-counts',
  'closed-windows',
  'session-counts',
  'named',
  'liked',
  'planned',
  'plan-users',
] as const;

/** What `tools/oracle/src/main/java/Interop.java` draws with Kafka Streams, by the same names. */
export function interopTopology(): Topology {
  const builder = new StreamsBuilder();
  const plays = builder.stream('plays', strings);
  const bySong = plays.groupBy((_user, song) => song, { name: 'by-song', ...strings });
  bySong.count({ store: 'per-song' }).toStream().to('song-counts', { key: stringSerde, value: longSerde });
  const windows = bySong
    .windowedBy(TimeWindows.of({ sizeMs: WINDOW_MS, graceMs: 500 }))
    .count({ store: 'per-window' });
  const windowed = { key: timeWindowedSerde(stringSerde, WINDOW_MS), value: longSerde };
  windows.toStream().to('window-counts', windowed);
  windows
    .suppress({ store: 'open-store', untilWindowCloses: true, value: longSerde })
    .toStream()
    .to('closed-windows', windowed);
  plays
    .groupByKey()
    .windowedBy(SessionWindows.of({ gapMs: 300, graceMs: 5_000 }))
    .count({ store: 'per-session' })
    .toStream()
    .to('session-counts', { key: sessionWindowedSerde(stringSerde), value: nullable(longSerde) });
  const users = builder.table('users', { store: 'users', ...strings });
  plays.leftJoin(users, (song, user) => `${song}|${user}`).to('named', strings);
  plays
    .leftJoin(builder.stream('likes', strings), (song, like) => `${song}|${like}`, {
      name: 'liked',
      windows: JoinWindows.of({ beforeMs: 200, graceMs: 500 }),
    })
    .to('liked', strings);
  const planOf = (user: string): string => user.slice(0, user.indexOf(':'));
  users
    .foreignKeyJoin(
      builder.table('plans', { store: 'plans', ...strings }),
      planOf,
      (user, plan) => `${user}|${plan}`,
      { name: 'planned' },
    )
    .toStream()
    .to('planned', { key: stringSerde, value: nullable(stringSerde) });
  users
    .groupBy((name, user) => [planOf(user), name], { name: 'by-plan', ...strings })
    .aggregate(
      () => '',
      (_plan, name, all) => `${all}+${name}`,
      (_plan, name, all) => `${all}-${name}`,
      { store: 'per-plan', value: stringSerde },
    )
    .toStream()
    .to('plan-users', { key: stringSerde, value: nullable(stringSerde) });
  return builder.build();
}
