import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DAY_START, HOUR, TrendsDriver } from './test/driver.js';

const GENRES = ['blues', 'jazz', 'soul'];
const SONGS = ['song-1', 'song-2', 'song-3', 'song-4', 'song-5', 'song-6'];
const DAY = 24 * HOUR;
const SIZE = 3;

const step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ song: fc.constantFrom(...SONGS), genres: genresOf() }) },
  { weight: 1, arbitrary: fc.record({ deleted: fc.constantFrom(...SONGS) }) },
  { weight: 1, arbitrary: fc.constant({ crash: true } as const) },
  {
    weight: 12,
    arbitrary: fc.record({
      played: fc.constantFrom(...SONGS),
      // Two windows, in any order: each takes late plays for a day after its end.
      occurredAt: fc.integer({ min: DAY_START, max: DAY_START + DAY + HOUR }),
    }),
  },
);

function genresOf() {
  return fc.uniqueArray(fc.constantFrom(...GENRES), { minLength: 1, maxLength: 3 });
}

/** All plays counted anew: by window and genre the songs in their order, as `song-1 3`. */
class Recomputed {
  readonly #genres = new Map<string, readonly string[]>();
  readonly #plays = new Map<string, Map<string, number>>();

  describe(song: string, genres: readonly string[] | undefined): void {
    if (genres === undefined) this.#genres.delete(song);
    else this.#genres.set(song, genres);
  }

  play(song: string, occurredAt: number): void {
    for (const genre of this.#genres.get(song) ?? []) {
      const chart = `${genre} ${occurredAt - (occurredAt % DAY)}`;
      const counts = this.#plays.get(chart) ?? new Map<string, number>();
      this.#plays.set(chart, counts.set(song, (counts.get(song) ?? 0) + 1));
    }
  }

  chart(genre: string, windowStart: number): readonly string[] | undefined {
    const counts = this.#plays.get(`${genre} ${windowStart}`);
    return (
      counts &&
      [...counts]
        .sort(([a, plays], [b, more]) => more - plays || (a < b ? -1 : 1))
        .slice(0, SIZE)
        .map(([song, plays]) => `${song} ${plays}`)
    );
  }
}

describe('charts', () => {
  it('are what sorting all plays gives, in whatever order plays, changes of songs and crashes come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const trends = await TrendsDriver.create({ chartSize: SIZE });
        const expected = new Recomputed();
        for (const each of steps) {
          if ('song' in each) {
            trends.song(each.song, { genres: each.genres });
            expected.describe(each.song, each.genres);
          } else if ('deleted' in each) {
            trends.song(each.deleted, null);
            expected.describe(each.deleted, undefined);
          } else if ('crash' in each) {
            trends.driver.restart();
          } else {
            trends.listen({ itemId: each.played, occurredAt: each.occurredAt });
            expected.play(each.played, each.occurredAt);
          }
        }
        for (const genre of GENRES) {
          for (const windowStart of [DAY_START, DAY_START + DAY]) {
            expect(trends.chart(genre, windowStart)).toEqual(expected.chart(genre, windowStart));
          }
        }
        trends.driver.close();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
