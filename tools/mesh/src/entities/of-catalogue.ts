import type { Catalogue, Episode, Song } from '../listening/generate/catalogue.js';
import type { Listener } from '../listening/generate/users.js';
import type { Entity } from './entity.js';

/** Who is named by others: artists, podcasts and users. To be there before {@link itemEntities}. */
export function* rootEntities(
  catalogue: Catalogue,
  listeners: readonly Listener[],
): Generator<Entity, void, undefined> {
  for (const song of firstOfEach(catalogue.songs, ({ artistId }) => artistId)) {
    const { artistId: id, artist: name, genres } = song;
    yield { owner: 'songs', plural: 'artists', id, body: { name, genres: genres.slice(0, 1) } };
  }
  for (const { podcastId: id, podcast: title } of firstOfEach(
    catalogue.episodes,
    ({ podcastId }) => podcastId,
  )) {
    yield { owner: 'podcasts', plural: 'podcasts', id, body: { title, publisher: title, language: 'en' } };
  }
  for (const listener of listeners) yield userEntity(listener);
}

/** Songs and episodes, which name artists and podcasts. */
export function* itemEntities(catalogue: Catalogue): Generator<Entity, void, undefined> {
  for (const song of catalogue.songs) yield songEntity(song);
  for (const episode of catalogue.episodes) yield episodeEntity(episode);
}

function userEntity({ userId, name, country, plan, signedUpAt, tastes }: Listener): Entity {
  const byWeight = [...tastes.genres].sort(([, a], [, b]) => b - a);
  const body = {
    displayName: name,
    country,
    plan: plan.toUpperCase(),
    favouriteGenres: byWeight.map(([genre]) => genre),
    registeredAt: signedUpAt,
  };
  return { owner: 'users', plural: 'users', id: userId, body };
}

function songEntity({
  itemId,
  title,
  artistId,
  artist,
  release,
  genres,
  durationMs,
  releasedAt,
}: Song): Entity {
  const body = {
    title,
    artistId,
    artistName: artist,
    albumTitle: release,
    genres,
    durationMs,
    explicit: false,
    releasedAt,
  };
  return { owner: 'songs', plural: 'songs', id: itemId, body };
}

function episodeEntity({
  itemId,
  title,
  podcastId,
  podcast,
  topic,
  durationMs,
  releasedAt,
}: Episode): Entity {
  const body = {
    title,
    podcastId,
    podcastTitle: podcast,
    publisher: podcast,
    topics: [topic],
    language: 'en',
    durationMs,
    explicit: false,
    publishedAt: releasedAt,
  };
  return { owner: 'podcasts', plural: 'episodes', id: itemId, body };
}

function firstOfEach<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...new Map(values.toReversed().map((value) => [keyOf(value), value])).values()].reverse();
}
