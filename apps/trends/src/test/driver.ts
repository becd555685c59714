import {
  artist,
  interaction,
  itemTrend,
  song,
  user,
  type Artist,
  type Interaction,
  type ItemTrend,
  type Song,
  type User,
} from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { memorySchemaRegistry } from '@mesh/serde/testing';
import { jsonSerde, sessionWindowedSerde, stringSerde, type Topology } from '@mesh/streams';
import { TopologyTestDriver, type TestInputTopic, type TestOutputTopic } from '@mesh/streams/testing';
import { randomUUID } from 'node:crypto';
import type { Audience } from '../domain/audience.js';
import type { GenreChart } from '../domain/genre-chart.js';
import { itemSerde } from '../domain/item.js';
import type { Session } from '../domain/session.js';
import type { Skips } from '../domain/skips.js';
import { topology } from '../topology.js';

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY_START = Date.UTC(2026, 0, 5);

/** As in production, with charts of three songs. */
const TIMES = {
  windowMs: HOUR,
  advanceMs: 15 * MINUTE,
  chartWindowMs: 24 * HOUR,
  chartSize: 3,
  sessionGapMs: 30 * MINUTE,
  graceMs: 24 * HOUR,
  rememberMs: 25 * HOUR,
};

export interface UserSession extends Session {
  readonly start: number;
  /** When the last event of it was. */
  readonly end: number;
}

/** The application's topology, run by the test driver, and what is asked of its stores. */
export class TrendsDriver {
  readonly topology: Topology;
  readonly driver: TopologyTestDriver;
  readonly trends: TestOutputTopic<string, ItemTrend>;
  readonly #interactions: TestInputTopic<string, Interaction>;
  readonly #users: TestInputTopic<string, User>;
  readonly #songs: TestInputTopic<string, Song>;
  readonly #artists: TestInputTopic<string, Artist>;

  private constructor(made: Topology, parts: Omit<Parameters<typeof topology>[0], keyof typeof TIMES>) {
    this.topology = made;
    this.driver = new TopologyTestDriver(made, { applicationId: 'trends' });
    const key = stringSerde;
    this.#interactions = this.driver.createInputTopic(interaction.topic, { key, value: parts.interaction });
    this.#users = this.driver.createInputTopic(user.topic, { key, value: parts.user });
    this.#songs = this.driver.createInputTopic(song.topic, { key, value: parts.song });
    this.#artists = this.driver.createInputTopic(artist.topic, { key, value: parts.artist });
    this.trends = this.driver.createOutputTopic(itemTrend.topic, { key, value: parts.trend });
  }

  static async create(times: Partial<typeof TIMES> = {}): Promise<TrendsDriver> {
    const contracts = [interaction, user, song, artist, itemTrend];
    const registry = memorySchemaRegistry(
      Object.fromEntries(contracts.map(({ schemaName, schema }) => [schemaName, [schema]])),
    );
    const parts = {
      interaction: await createAvroSerde({ contract: interaction, registry }),
      user: await createAvroSerde({ contract: user, registry }),
      song: await createAvroSerde({ contract: song, registry }),
      artist: await createAvroSerde({ contract: artist, registry }),
      trend: await createAvroSerde({ contract: itemTrend, registry }),
    };
    return new TrendsDriver(topology({ ...parts, ...TIMES, ...times }), parts);
  }

  /** @param timestamp of the record; by default when the event occurred */
  listen(event: Partial<Interaction> & Pick<Interaction, 'occurredAt'>, timestamp = event.occurredAt): void {
    const whole: Interaction = {
      ...envelope(),
      eventType: 'PLAY',
      userId: 'user-1',
      sessionId: 'session-1',
      itemId: 'song-1',
      itemType: event.itemId?.startsWith('episode') === true ? 'EPISODE' : 'SONG',
      positionMs: null,
      durationMs: null,
      ...event,
    };
    this.#interactions.pipeInput(whole.userId, whole, { timestamp });
  }

  user(userId: string, state: Partial<User> | null): void {
    this.#users.pipeInput(userId, state && userOf(userId, state), { timestamp: DAY_START });
  }

  song(songId: string, state: Partial<Song> | null): void {
    this.#songs.pipeInput(songId, state && songOf(songId, state), { timestamp: DAY_START });
  }

  artist(artistId: string, state: Partial<Artist> | null): void {
    this.#artists.pipeInput(artistId, state && artistOf(artistId, state), { timestamp: DAY_START });
  }

  /** The windows of a song or episode that overlap, by how long after {@link DAY_START} they start. */
  recentPlays(itemId: string): readonly (readonly [sinceDayStart: number, plays: number])[] {
    const key = itemSerde.serialize('', { itemType: 'SONG', itemId }, []);
    const found = this.driver
      .windowStore<number>('recent-plays-per-item')
      .fetch(key, 0, Number.MAX_SAFE_INTEGER);
    return [...found].map(([start, { value }]) => [start - DAY_START, value]);
  }

  skips(itemId: string): Skips | undefined {
    const key = itemSerde.serialize('', { itemType: 'SONG', itemId }, []);
    return this.driver.keyValueStore<Skips>('skips-per-item').get(key)?.value;
  }

  /** As `song-1 3`, from the most played on. */
  chart(genre: string, windowStart = DAY_START): readonly string[] | undefined {
    const chart = this.#window<GenreChart>('charts-per-genre', genre, windowStart);
    return chart?.songs.map(({ songId, plays }) => `${songId} ${plays}`);
  }

  audience(artistId: string, windowStart = DAY_START): Audience | undefined {
    return this.#window<Audience>('audience-per-artist', artistId, windowStart);
  }

  /** The sessions of a user that the store's changelog holds, earliest first. */
  sessions(userId: string): readonly UserSession[] {
    const topic = 'trends-sessions-per-user-changelog';
    const [keys, values] = [sessionWindowedSerde(stringSerde), jsonSerde<Session>()];
    const kept = new Map<string, UserSession>();
    for (const { key, value } of this.driver.rawRecords(topic)) {
      if (key === null) continue;
      const { key: owner, start, end } = keys.deserialize(topic, key, []);
      const id = `${owner} ${start} ${end}`;
      if (value === null) kept.delete(id);
      else if (owner === userId) kept.set(id, { start, end, ...values.deserialize(topic, value, []) });
    }
    return [...kept.values()].sort((a, b) => a.start - b.start);
  }

  #window<V>(store: string, key: string, start: number): V | undefined {
    return this.driver.windowStore<V>(store).get(Buffer.from(key), start)?.value;
  }
}

const envelope = () => ({
  eventId: randomUUID(),
  occurredAt: DAY_START,
  producer: 'test',
  correlationId: 'test',
});

function userOf(userId: string, state: Partial<User>): User {
  return {
    ...envelope(),
    version: 1,
    userId,
    displayName: 'Somebody',
    country: 'CH',
    birthYear: 1990,
    plan: 'FREE',
    favouriteGenres: [],
    registeredAt: DAY_START,
    ...state,
  };
}

function songOf(songId: string, state: Partial<Song>): Song {
  return {
    ...envelope(),
    version: 1,
    songId,
    title: 'A Song',
    artistId: 'artist-1',
    artistName: 'As credited',
    albumTitle: null,
    genres: ['jazz'],
    durationMs: 180_000,
    explicit: false,
    isrc: null,
    releasedAt: DAY_START,
    ...state,
  };
}

function artistOf(artistId: string, state: Partial<Artist>): Artist {
  return {
    ...envelope(),
    version: 1,
    artistId,
    name: 'The Artist',
    genres: ['jazz'],
    country: 'US',
    ...state,
  };
}
