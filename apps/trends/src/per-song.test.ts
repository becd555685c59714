import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_START, HOUR, TrendsDriver } from './test/driver.js';

let trends: TrendsDriver;

beforeEach(async () => {
  trends = await TrendsDriver.create();
});

afterEach(() => trends.driver.close());

function play(itemId: string, times = 1, occurredAt = DAY_START, userId = 'user-1'): void {
  for (let i = 0; i < times; i++) trends.listen({ itemId, occurredAt, userId });
}

describe('the chart of a genre', () => {
  it('has the most played songs of each of its genres, equals by id', () => {
    trends.song('song-1', { genres: ['jazz', 'blues'] });
    trends.song('song-2', { genres: ['jazz'] });
    trends.song('song-3', { genres: ['blues', 'blues'] });
    play('song-2', 2);
    play('song-1', 2);
    play('song-3', 3);
    expect(trends.chart('jazz')).toEqual(['song-1 2', 'song-2 2']);
    expect(trends.chart('blues')).toEqual(['song-3 3', 'song-1 2']);
  });

  it('demotes who is overtaken, down to out of it, and takes back who catches up', () => {
    for (const id of ['song-1', 'song-2', 'song-3', 'song-4']) trends.song(id, {});
    play('song-1', 2);
    play('song-2', 3);
    play('song-3', 3);
    play('song-4', 3);
    expect(trends.chart('jazz')).toEqual(['song-2 3', 'song-3 3', 'song-4 3']);
    play('song-1', 2);
    expect(trends.chart('jazz')).toEqual(['song-1 4', 'song-2 3', 'song-3 3']);
    trends.driver.restart();
    play('song-4');
    expect(trends.chart('jazz')).toEqual(['song-1 4', 'song-4 4', 'song-2 3']);
  });

  it('is one for each window, in which late plays still count', () => {
    trends.song('song-1', {});
    play('song-1', 1, DAY_START + 25 * HOUR);
    play('song-1', 2, DAY_START + 23 * HOUR);
    expect(trends.chart('jazz')).toEqual(['song-1 2']);
    expect(trends.chart('jazz', DAY_START + 24 * HOUR)).toEqual(['song-1 1']);
  });

  it('counts a play in the genres that the song had at that time', () => {
    trends.song('song-1', { genres: ['jazz'] });
    play('song-1', 2);
    trends.song('song-1', { genres: ['soul'] });
    play('song-1');
    expect(trends.chart('jazz')).toEqual(['song-1 2']);
    expect(trends.chart('soul')).toEqual(['song-1 1']);
  });

  it('has no plays of a song that was deleted, or never described, nor of episodes', () => {
    trends.song('song-1', {});
    play('song-1');
    trends.song('song-1', null);
    play('song-1', 5);
    play('song-2', 5);
    play('episode-1', 5);
    expect(trends.chart('jazz')).toEqual(['song-1 1']);
    expect(trends.skips('song-1')).toEqual({ plays: 6, skips: 0 });
  });

  it('counts a genre with the name of what every object has', () => {
    trends.song('song-1', { genres: ['constructor', '__proto__'] });
    play('song-1', 2);
    expect(trends.chart('constructor')).toEqual(['song-1 2']);
    expect(trends.chart('__proto__')).toEqual(['song-1 2']);
  });
});

describe("an artist's audience", () => {
  it('is counted by country and age of who listens', () => {
    trends.artist('artist-1', { name: 'Miles Davis', country: 'US' });
    trends.song('song-1', {});
    trends.user('user-ch', { country: 'CH', birthYear: 1990 });
    trends.user('user-de', { country: 'DE', birthYear: null });
    play('song-1', 2, DAY_START, 'user-ch');
    play('song-1', 1, DAY_START, 'user-de');
    play('song-1', 1, DAY_START, 'user-nobody-described');
    expect(trends.audience('artist-1')).toEqual({
      artistName: 'Miles Davis',
      artistCountry: 'US',
      plays: 4,
      countries: { CH: 2, DE: 1 },
      ageGroups: { '35-44': 2 },
    });
  });

  it('goes by what is known of a user when the play is counted', () => {
    trends.song('song-1', {});
    trends.user('user-1', { country: 'CH' });
    play('song-1');
    trends.user('user-1', { country: 'FR' });
    play('song-1');
    trends.user('user-1', null);
    play('song-1');
    expect(trends.audience('artist-1')).toMatchObject({ plays: 3, countries: { CH: 1, FR: 1 } });
  });

  it('has the name that the song credits until the artist is known, and then the current one', () => {
    trends.song('song-1', { artistName: 'As credited' });
    play('song-1');
    expect(trends.audience('artist-1')).toMatchObject({ artistName: 'As credited', artistCountry: null });
    trends.artist('artist-1', { name: 'Prince' });
    play('song-1');
    expect(trends.audience('artist-1')).toMatchObject({ artistName: 'Prince', plays: 2 });
    trends.artist('artist-1', { name: 'The Artist' });
    play('song-1');
    expect(trends.audience('artist-1')).toMatchObject({ artistName: 'The Artist', plays: 3 });
  });

  it('is that of the artist a song has when it is played', () => {
    trends.artist('artist-1', { name: 'First' });
    trends.artist('artist-2', { name: 'Second' });
    trends.song('song-1', { artistId: 'artist-1' });
    play('song-1', 2);
    trends.song('song-1', { artistId: 'artist-2' });
    play('song-1');
    // The former artist has no more to do with it.
    trends.artist('artist-1', { name: 'Renamed' });
    play('song-1');
    expect(trends.audience('artist-1')).toMatchObject({ artistName: 'First', plays: 2 });
    expect(trends.audience('artist-2')).toMatchObject({ artistName: 'Second', plays: 2 });
  });
});
