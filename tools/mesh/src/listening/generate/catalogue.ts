import { Random } from './random.js';
import {
  ADJECTIVES,
  FIRST_NAMES,
  GENRES,
  LAST_NAMES,
  NOUNS,
  TOPICS,
  type Genre,
  type Topic,
} from './words.js';

interface ItemBase {
  /** `song-0001`, `episode-0001`. */
  readonly itemId: string;
  readonly title: string;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Milliseconds since the epoch. */
  readonly releasedAt: number;
  /** How often it is chosen among its like, 0 < popularity ≤ 1; falls with the rank as in Zipf's law. */
  readonly popularity: number;
}

export interface Song extends ItemBase {
  readonly itemType: 'SONG';
  readonly artistId: string;
  readonly artist: string;
  /** The album or single it is on. */
  readonly release: string;
  /** Its own genre first, then, on some, a second one. */
  readonly genres: readonly Genre[];
}

export interface Episode extends ItemBase {
  readonly itemType: 'EPISODE';
  readonly podcastId: string;
  readonly podcast: string;
  readonly topic: Topic;
}

export type Item = Song | Episode;

export interface Catalogue {
  readonly songs: readonly Song[];
  readonly episodes: readonly Episode[];
  /** Songs, then episodes. */
  readonly items: readonly Item[];
}

export interface CatalogueOptions {
  /** Default `music-mesh`. */
  readonly seed?: string;
  /** How many items in all; default 1,000. */
  readonly items?: number;
  /** How many of them are podcast episodes; default three in ten. */
  readonly episodes?: number;
}

const DAY_MS = 86_400_000;
/** Everything in the catalogue came out in the five years before this day, whatever day it is today. */
const NEWEST = Date.UTC(2025, 0, 1);

/**
 * Songs by artists who keep to a genre, and episodes of shows that keep to a topic; the same for the same options.
 * @throws RangeError where an amount is no whole number, or there are more episodes than items
 */
export function generateCatalogue(options: CatalogueOptions = {}): Catalogue {
  const total = options.items ?? 1_000;
  const episodeCount = options.episodes ?? Math.floor(total * 0.3);
  if (!Number.isSafeInteger(total) || !Number.isSafeInteger(episodeCount) || total < 1) {
    throw new RangeError('a catalogue needs a whole number of items, at least 1');
  }
  if (episodeCount < 0 || episodeCount > total)
    throw new RangeError('episodes must be between 0 and all items');
  const seed = options.seed ?? 'music-mesh';
  const songs = generateSongs(new Random(`${seed}/songs`), total - episodeCount);
  const episodes = generateEpisodes(new Random(`${seed}/episodes`), episodeCount);
  return { songs, episodes, items: [...songs, ...episodes] };
}

function generateSongs(random: Random, count: number): Song[] {
  const artists = Array.from({ length: Math.ceil(count / 7) }, (_, index) => ({
    artistId: `artist-${number(index)}`,
    artist: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    // Dealt out in turn, so that every genre has artists even in a small catalogue.
    genre: dealt(GENRES, index),
    releases: Array.from({ length: random.integer(1, 3) }, () => ({
      release: twoWords(random),
      releasedAt: NEWEST - random.integer(1, 5 * 365) * DAY_MS,
    })),
  }));
  return Array.from({ length: count }, (_, index) => {
    const { artistId, artist, genre, releases } = dealt(artists, index);
    const second = random.chance(0.15) ? random.pick(GENRES) : genre;
    return {
      itemType: 'SONG',
      itemId: `song-${number(index)}`,
      title: twoWords(random),
      artistId,
      artist,
      ...random.pick(releases),
      genres: second === genre ? [genre] : [genre, second],
      durationMs: random.integer(120, 330) * 1_000,
      popularity: zipf(random, count),
    };
  });
}

function generateEpisodes(random: Random, count: number): Episode[] {
  const podcasts = Array.from({ length: Math.ceil(count / 10) }, (_, index) => ({
    podcastId: `podcast-${number(index)}`,
    podcast: `The ${twoWords(random)} Show`,
    topic: dealt(TOPICS, index),
    minutes: random.integer(12, 45),
  }));
  return Array.from({ length: count }, (_, index) => {
    const { podcastId, podcast, topic, minutes } = dealt(podcasts, index);
    return {
      itemType: 'EPISODE',
      itemId: `episode-${number(index)}`,
      title: twoWords(random),
      podcastId,
      podcast,
      topic,
      durationMs: (minutes * 60 + random.integer(-240, 240)) * 1_000,
      releasedAt: NEWEST - random.integer(1, 5 * 365) * DAY_MS,
      popularity: zipf(random, count),
    };
  });
}

/** The popularity of a random rank. */
function zipf(random: Random, count: number): number {
  return 8 / (8 + random.integer(0, count - 1));
}

function twoWords(random: Random): string {
  return `${capital(random.pick(ADJECTIVES))} ${capital(random.pick(NOUNS))}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function dealt<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new RangeError('dealt from an empty list');
  return value;
}

/** `0001`, as in `song-0001`. */
export function number(index: number): string {
  return String(index + 1).padStart(4, '0');
}
