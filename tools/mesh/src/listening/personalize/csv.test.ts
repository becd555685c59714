import { describe, expect, it } from '@jest/globals';
import { generateCatalogue, type Song } from '../generate/catalogue.js';
import { generateListeners } from '../generate/users.js';
import { itemsCsv, usersCsv } from './csv.js';

describe('the CSV files for the bulk import into Personalize', () => {
  it('have a header and a line for each item', () => {
    const { items } = generateCatalogue({ items: 10, episodes: 5 });
    const lines = [...itemsCsv(items)].join('').trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe('ITEM_ID,ITEM_TYPE,GENRES,CREATION_TIMESTAMP,TITLE,CREATOR,COLLECTION');
    expect(lines[1]).toMatch(/^song-0001,SONG,[a-z|-]+,\d{10},[^,]+,[^,]+,[^,]+$/);
    expect(lines[10]).toMatch(/^episode-0005,EPISODE,[a-z]+,\d{10},[^,]+,The [^,]+ Show,The [^,]+ Show$/);
  });

  it('have a header and a line for each user, without the name', () => {
    const [user] = generateListeners({ users: 1 });
    expect([...usersCsv([user!])]).toEqual([
      'USER_ID,COUNTRY,PLAN\n',
      `user-0001,${user!.country},${user!.plan}\n`,
    ]);
  });

  it('quote what would break a line', () => {
    const song: Song = {
      itemType: 'SONG',
      itemId: 'song-1',
      title: 'Say "yes", twice\nor not',
      artistId: 'artist-1',
      artist: 'A, B & C',
      release: 'Plain',
      genres: ['pop', 'soul'],
      durationMs: 1,
      releasedAt: 1_700_000_000_999,
      popularity: 1,
    };
    expect([...itemsCsv([song])][1]).toBe(
      'song-1,SONG,pop|soul,1700000000,"Say ""yes"", twice\nor not","A, B & C",Plain\n',
    );
  });
});
