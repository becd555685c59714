import { beforeEach, describe, expect, it } from '@jest/globals';
import { artistOf, episodeOf, podcastOf, songOf } from '../test/catalogue.js';
import { Catalogue } from './catalogue.js';

let catalogue: Catalogue;
beforeEach(() => {
  catalogue = new Catalogue();
});

describe('Catalogue', () => {
  it('says nothing of an item it has not heard of', () => {
    expect(catalogue.describe('song-1')).toEqual({ itemType: null, title: null, artist: null, show: null });
    expect(catalogue.isDeleted('song-1')).toBe(false);
  });

  it('has the newest title of a song', () => {
    catalogue.songs.apply(songOf('song-1', 'First'));
    catalogue.songs.apply(songOf('song-1', 'Second'));
    expect(catalogue.describe('song-1')).toEqual({
      itemType: 'SONG',
      title: 'Second',
      artist: 'Credited',
      show: null,
    });
  });

  it("follows the artist's name, whichever came first", () => {
    catalogue.artists.apply(artistOf('Before'));
    catalogue.songs.apply(songOf('song-1', 'One'));
    expect(catalogue.describe('song-1').artist).toBe('Before');
    catalogue.artists.apply(artistOf('After'));
    expect(catalogue.describe('song-1').artist).toBe('After');
    catalogue.artists.remove('artist-1');
    expect(catalogue.describe('song-1').artist).toBe('Credited');
  });

  it("follows the podcast's title", () => {
    catalogue.episodes.apply(episodeOf('episode-1', 'Pilot'));
    expect(catalogue.describe('episode-1')).toEqual({
      itemType: 'EPISODE',
      title: 'Pilot',
      artist: null,
      show: 'Old Show',
    });
    catalogue.podcasts.apply(podcastOf('New Show'));
    expect(catalogue.describe('episode-1').show).toBe('New Show');
    catalogue.podcasts.remove('podcast-1');
    expect(catalogue.describe('episode-1').show).toBe('Old Show');
  });

  it('knows what was deleted, until it is there again', () => {
    catalogue.songs.apply(songOf('song-1', 'One'));
    catalogue.songs.remove('song-1');
    expect(catalogue.isDeleted('song-1')).toBe(true);
    expect(catalogue.describe('song-1').title).toBeNull();
    catalogue.songs.apply(songOf('song-1', 'One again'));
    expect(catalogue.isDeleted('song-1')).toBe(false);
  });
});
