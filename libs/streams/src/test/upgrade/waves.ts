import type { Header } from '@mesh/kafka';
import type { InputTopic } from './topology.js';

export interface WaveRecord {
  readonly topic: InputTopic;
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

const START = 1_700_000_000_000;
const WAVE_MS = 1_200;

/** The keys that records have, of any wave. */
export const KEYS = [
  'ann',
  'bob',
  'free',
  'paid',
  ...[0, 1, 2, 3].flatMap((number) => [`guest-${number}`, `member-${number}`]),
];

/**
 * Records that meet the state that those of the wave before left, and leave something in every store: open windows,
 * records without a match, some that wait for their time. Recordings go on with the last wave: what is there stays.
 */
export function wave(number: number): readonly WaveRecord[] {
  const headers: readonly Header[] = [['wave', Buffer.from(String(number))]];
  const base = START + number * WAVE_MS;
  const at = (topic: InputTopic, key: string, value: string | null, ms: number): WaveRecord => {
    return { topic, key, value, timestamp: base + ms, headers };
  };
  return [
    at('plans', 'free', `free-${number}`, 0),
    at('users', 'ann', `free:ann-${number}`, 1),
    at('users', 'bob', `paid:bob-${number}`, 2),
    at('plans', 'paid', number === 1 ? null : `paid-${number}`, 3),
    at('users', `guest-${number - 1}`, null, 4),
    at('users', `guest-${number}`, 'free:guest', 5),
    // Waits for changes of its plan, and is never heard of again.
    at('users', `member-${number}`, 'free:member', 5),
    at('prices', 'ann', `${number}.00`, 6),
    at('logins', `guest-${number}`, 'in', 7),
    at('plays', 'ann', 'song-1', 10),
    at('likes', 'ann', `like-${number}`, 20),
    at('plays', 'bob', 'song-2', 50),
    // Goes on with the session, and is in the join's window, of the wave before; is priced as of then.
    at('plays', 'ann', 'song-1', -100),
    at('likes', 'bob', `late-like-${number}`, -150),
    at('prices', 'ann', `${number}.50`, -50),
    at('plays', 'bob', `new-song-${number}`, 200),
    at('logins', 'ann', 'in', 300),
    at('plays', `guest-${number}`, 'song-3', 900),
    at('likes', `guest-${number}`, `like-${number}`, 1_000),
    // Nobody likes it: it goes on alone in the wave after.
    at('plays', 'bob', 'song-1', 700),
    at('plays', 'ann', 'song-2', 1_050),
    // A play of the wave after is near.
    at('likes', 'ann', `next-like-${number}`, 1_080),
  ];
}
