import { artist, episode, interaction, podcast, song, user } from '@mesh/contracts';
import {
  deletedItemRow,
  episodeRow,
  interactionRow,
  songRow,
  userRow,
  type InteractionRow,
  type ItemRow,
  type UserRow,
} from '@mesh/personalize';
import { topicTable, topicValues, type Sources } from './topic-values.js';

/** Every user there is. */
export async function* userRows(sources: Sources): AsyncGenerator<UserRow, void, undefined> {
  for (const state of (await topicTable(sources, user)).values()) {
    if (state !== null) yield userRow(state);
  }
}

/**
 * Every song and episode there is, with its current artist or podcast; and what is left of those deleted, as far as the
 * topics still know of them.
 */
export async function* itemRows(sources: Sources): AsyncGenerator<ItemRow, void, undefined> {
  const artists = await topicTable(sources, artist);
  for (const [id, state] of await topicTable(sources, song)) {
    yield state === null ? deletedItemRow(id, 'SONG') : songRow(state, artists.get(state.artistId) ?? null);
  }
  const podcasts = await topicTable(sources, podcast);
  for (const [id, state] of await topicTable(sources, episode)) {
    yield state === null
      ? deletedItemRow(id, 'EPISODE')
      : episodeRow(state, podcasts.get(state.podcastId) ?? null);
  }
}

/**
 * Every interaction that the topic holds; a record that a producer repeated is there twice, which Personalize takes for
 * one.
 *
 * @param cataloguedOnly leave out what was done with items that are not in the catalogue: what was deleted so long ago
 *     that no tombstone is left would else come back with its interactions
 */
export async function* interactionRows(
  sources: Sources,
  cataloguedOnly: boolean,
): AsyncGenerator<InteractionRow, void, undefined> {
  const items = cataloguedOnly
    ? new Map<string, object | null>([
        ...(await topicTable(sources, song)),
        ...(await topicTable(sources, episode)),
      ])
    : undefined;
  for await (const { value } of topicValues(sources, interaction)) {
    if (value === null || (items !== undefined && (items.get(value.itemId) ?? null) === null)) continue;
    yield interactionRow(value);
  }
}
