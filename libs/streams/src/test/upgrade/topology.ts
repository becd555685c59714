import {
  JoinWindows,
  longSerde,
  nullable,
  SessionWindows,
  sessionWindowedSerde,
  SlidingWindows,
  Stores,
  stringSerde,
  StreamsBuilder,
  TimeWindows,
  timeWindowedSerde,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type ProcessorRecord,
  type StoresOf,
  type Topology,
} from '../../index.js';

export const APPLICATION_ID = 'upgrade';
export const inputTopics = ['plays', 'likes', 'users', 'plans', 'prices', 'logins'] as const;
export type InputTopic = (typeof inputTopics)[number];

const WINDOW_MS = 1_000;
const strings = { key: stringSerde, value: stringSerde };
const texts = { key: stringSerde, value: nullable(stringSerde) };
const numbers = { key: stringSerde, value: longSerde };

/**
 * Every kind of store and of internal topic that there is. Recorded fixtures have the names and formats of this topology:
 * it may be added to, under new names; what is there stays as it is.
 */
export function upgradeTopology(): Topology {
  const builder = new StreamsBuilder();
  const plays = builder.stream('plays', strings);
  const likes = builder.stream('likes', strings);
  const users = builder.table('users', { store: 'users', ...strings });

  const bySong = plays.groupBy((_user, song) => song, { name: 'by-song', ...strings });
  bySong.count({ store: 'per-song' }).toStream().to('song-counts', numbers);
  const windows = bySong
    .windowedBy(TimeWindows.of({ sizeMs: WINDOW_MS, graceMs: 500 }))
    .count({ store: 'per-window' });
  const windowed = { key: timeWindowedSerde(stringSerde, WINDOW_MS), value: longSerde };
  windows.toStream().to('window-counts', windowed);
  windows
    .suppress({ store: 'open-windows', untilWindowCloses: true, value: longSerde })
    .toStream()
    .to('closed-windows', windowed);
  plays
    .groupByKey()
    .windowedBy(SlidingWindows.of({ timeDifferenceMs: 300, graceMs: 1_000 }))
    .count({ store: 'per-slide' })
    .toStream()
    .to('slide-counts', { key: timeWindowedSerde(stringSerde, 300), value: longSerde });
  plays
    .groupByKey()
    .windowedBy(SessionWindows.of({ gapMs: 300, graceMs: 5_000 }))
    .count({ store: 'per-session' })
    .toStream()
    .to('session-counts', { key: sessionWindowedSerde(stringSerde), value: nullable(longSerde) });
  plays
    .outerJoin(likes, (song, like) => `${song}|${like}`, {
      name: 'liked',
      windows: JoinWindows.of({ beforeMs: 200, graceMs: 500 }),
    })
    .to('liked', strings);
  const prices = builder.table('prices', { store: 'prices', historyRetentionMs: 10_000, ...strings });
  plays
    .leftJoin(prices, (song, price) => `${song}|${price}`, {
      name: 'priced',
      graceMs: 400,
      value: stringSerde,
    })
    .to('priced', strings);
  plays
    .distinct({ store: 'songs-seen', by: (_user, song) => song, id: stringSerde, windowMs: 3_000 })
    .to('new-songs', strings);

  const planOf = (user: string): string => user.slice(0, user.indexOf(':'));
  const plans = builder.table('plans', { store: 'plans', ...strings });
  users
    .foreignKeyJoin(plans, planOf, (user, plan) => `${user}|${plan}`, { name: 'planned' })
    .toStream()
    .to('planned', texts);
  users
    .groupBy((name, user) => [planOf(user), name], { name: 'by-plan', ...strings })
    .aggregate(
      () => '',
      (_plan, name, all) => `${all}+${name}`,
      (_plan, name, all) => `${all}-${name}`,
      { store: 'per-plan', value: stringSerde },
    )
    .toStream()
    .to('plan-users', texts);
  builder
    .table('logins', { store: 'logins', ttlMs: 2_000, ...strings })
    .toStream()
    .to('logged-in', texts);

  const visits = Stores.keyValue('visits', numbers);
  likes.process(() => new Visits(), { name: 'visiting', stores: [visits] }).to('visited', numbers);
  return builder.build();
}

type VisitStores = StoresOf<ReturnType<typeof Stores.keyValue<'visits', string, number>>>;

class Visits implements Processor<string, string, string, number, VisitStores> {
  #context!: ProcessorContext<string, number, VisitStores>;
  #visits!: KeyValueStore<string, number>;

  init(context: ProcessorContext<string, number, VisitStores>): void {
    this.#context = context;
    this.#visits = context.getStateStore('visits');
  }

  process(record: ProcessorRecord<string, string>): void {
    const visits = (this.#visits.get(record.key) ?? 0) + 1;
    this.#visits.put(record.key, visits);
    this.#context.forward({ ...record, value: visits });
  }
}
