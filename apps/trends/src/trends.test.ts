import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { interaction, type InteractionEventType, type ItemTrend } from '@mesh/contracts';
import { stringSerde } from '@mesh/streams';
import type { TopologyTestDriver } from '@mesh/streams/testing';
import { randomUUID } from 'node:crypto';
import { DAY_START, HOUR, TrendsDriver } from './test/driver.js';

let trends: TrendsDriver;
let driver: TopologyTestDriver;
let output: TrendsDriver['trends'];

beforeEach(async () => {
  trends = await TrendsDriver.create();
  driver = trends.driver;
  output = trends.trends;
});

afterEach(() => driver.close());

function listen(
  itemId: string,
  occurredAt: number,
  eventType: InteractionEventType = 'PLAY',
  timestamp = occurredAt,
  eventId: string = randomUUID(),
): void {
  trends.listen({ itemId, occurredAt, eventType, eventId }, timestamp);
}

/** What a reader of the compacted topic finds in the end. */
function compacted(): Map<string | null, ItemTrend | null> {
  return new Map(output.readRecords().map((record) => [record.key, record.value]));
}

describe('trends', () => {
  it('are the plays of each item in each hour, keyed by the item', () => {
    listen('song-1', DAY_START + 1);
    listen('episode-1', DAY_START + 2);
    listen('song-1', DAY_START + 3);
    listen('song-1', DAY_START + HOUR);
    const window = { windowStart: DAY_START, windowEnd: DAY_START + HOUR };
    expect(output.readRecords().map(({ key, value: counted }) => [key, counted])).toEqual([
      ['song-1', { itemId: 'song-1', itemType: 'SONG', ...window, plays: 1 }],
      ['episode-1', { itemId: 'episode-1', itemType: 'EPISODE', ...window, plays: 1 }],
      ['song-1', { itemId: 'song-1', itemType: 'SONG', ...window, plays: 2 }],
      [
        'song-1',
        {
          itemId: 'song-1',
          itemType: 'SONG',
          windowStart: DAY_START + HOUR,
          windowEnd: DAY_START + 2 * HOUR,
          plays: 1,
        },
      ],
    ]);
  });

  it('count plays only', () => {
    for (const type of ['SKIP', 'LIKE', 'FINISH', 'FOLLOW'] as const) listen('song-1', DAY_START, type);
    expect(output.readRecords()).toEqual([]);
    listen('song-1', DAY_START);
    expect(output.readRecord()?.value?.plays).toBe(1);
  });

  it('go by when a play occurred, whatever the time of its record', () => {
    listen('song-1', DAY_START + 5, 'PLAY', DAY_START + 9 * HOUR);
    expect(output.readRecord()).toMatchObject({
      timestamp: DAY_START + 5,
      value: { windowStart: DAY_START },
    });
  });

  it('count a play once, however often its record was repeated and the process crashed', () => {
    const eventId = randomUUID();
    const play = () => listen('song-1', DAY_START + 1, 'PLAY', DAY_START + 1, eventId);
    play();
    play();
    listen('song-1', DAY_START + HOUR - 1);
    driver.restart();
    play();
    expect(compacted().get('song-1')?.plays).toBe(2);
    expect(driver.droppedRecords).toBe(0);
    // Late for being told from a repetition is late for its window too.
    listen('song-1', DAY_START + 26 * HOUR);
    play();
    expect(driver.droppedRecords).toBe(1);
    expect(compacted().get('song-1')).toMatchObject({ windowStart: DAY_START + 26 * HOUR, plays: 1 });
  });

  it("leave each item's newest window in the compacted topic, also after late plays of older ones", () => {
    listen('song-1', DAY_START + 1);
    listen('song-1', DAY_START + 3 * HOUR);
    listen('song-2', DAY_START + 3 * HOUR);
    listen('song-1', DAY_START + 2);
    listen('song-3', DAY_START + HOUR);
    const kept = compacted();
    expect(kept.get('song-1')).toMatchObject({ windowStart: DAY_START + 3 * HOUR, plays: 1 });
    expect(kept.get('song-2')).toMatchObject({ windowStart: DAY_START + 3 * HOUR, plays: 1 });
    expect(kept.get('song-3')).toMatchObject({ windowStart: DAY_START + HOUR, plays: 1 });
    expect(driver.droppedRecords).toBe(0);
  });

  it('drop plays later than the grace, and count them for each window that they miss', () => {
    listen('song-1', DAY_START + 25 * HOUR);
    listen('song-2', DAY_START + HOUR - 1);
    // One of those that overlap and the one that is published.
    expect(driver.droppedRecords).toBe(2);
    listen('song-2', DAY_START + HOUR);
    expect([...compacted().keys()]).toEqual(['song-1', 'song-2']);
  });

  it('go on where they were after a crash', () => {
    listen('song-1', DAY_START + 1);
    listen('song-1', DAY_START + 2);
    driver.restart();
    listen('song-1', DAY_START + 3);
    expect(compacted().get('song-1')).toMatchObject({ itemType: 'SONG', plays: 3 });
  });

  it('give an unreadable interaction to the dead letters and go on', () => {
    const broken = driver.createInputTopic(interaction.topic, {
      key: stringSerde,
      value: { serialize: (_topic: string, text: string) => Buffer.from(text) },
    });
    broken.pipeInput('user-1', 'no frame');
    listen('song-1', DAY_START);
    expect(driver.rawRecords(`${interaction.topic}.dlq`)[0]?.value?.toString()).toBe('no frame');
    expect(output.readRecord()?.value?.plays).toBe(1);
  });
});
