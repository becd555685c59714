import { describe, expect, it } from '@jest/globals';
import { JoinWindows, StreamsBuilder, stringSerde } from '../index.js';
import { TopologyTestDriver } from './index.js';

const strings = { key: stringSerde, value: stringSerde };

describe('joins', () => {
  it('count the records that found a partner, and those that found none', () => {
    const builder = new StreamsBuilder();
    const plays = builder.stream('plays', strings);
    const users = builder.table('users', { ...strings, store: 'users' });
    const cities = builder.table('cities', { ...strings, store: 'cities' });
    plays.join(users, (song, user) => song + user, { name: 'with-user' }).to('out', strings);
    plays
      .join(builder.stream('skips', strings), (play, skip) => play + skip, {
        name: 'with-skip',
        windows: JoinWindows.of({ beforeMs: 10 }),
      })
      .to('skipped', strings);
    users
      .join(cities, (user, city) => user + city)
      .toStream()
      .to('people', strings);
    const driver = new TopologyTestDriver(builder.build());
    const pipe = (topic: string, key: string): void =>
      driver.createInputTopic(topic, strings).pipeInput(key, 'x', { timestamp: 1 });
    pipe('users', 'ann');
    pipe('cities', 'ann');
    for (const key of ['ann', 'ann', 'bob']) pipe('plays', key);
    pipe('skips', 'ann');
    const counts = (name: string): readonly unknown[] => {
      const found = [...driver.joins].find(([operator]) => operator.startsWith(name));
      return [found?.[1].matched, found?.[1].missed];
    };
    expect(counts('with-user')).toEqual([2, 1]);
    // Users first, without a city; then the city, with a user.
    expect(counts('KTABLE-JOINTHIS')).toEqual([0, 1]);
    expect(counts('KTABLE-JOINOTHER')).toEqual([1, 0]);
    expect(counts('with-skip-this-join')).toEqual([0, 3]);
    expect(counts('with-skip-other-join')).toEqual([1, 0]);
  });
});
