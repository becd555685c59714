import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  interaction,
  itemTrend,
  type Interaction,
  type InteractionEventType,
  type ItemTrend,
} from '@mesh/contracts';
import { createAvroSerde, type AvroSerde } from '@mesh/serde';
import { memorySchemaRegistry } from '@mesh/serde/testing';
import { stringSerde } from '@mesh/streams';
import { TopologyTestDriver, type TestInputTopic, type TestOutputTopic } from '@mesh/streams/testing';
import { randomUUID } from 'node:crypto';
import { topology } from './topology.js';

const HOUR = 3_600_000;
const DAY_START = Date.UTC(2026, 0, 5);

let value: AvroSerde<Interaction>;
let trend: AvroSerde<ItemTrend>;
let driver: TopologyTestDriver;
let input: TestInputTopic<string, Interaction>;
let output: TestOutputTopic<string, ItemTrend>;

beforeEach(async () => {
  const registry = memorySchemaRegistry({
    [interaction.schemaName]: [interaction.schema],
    [itemTrend.schemaName]: [itemTrend.schema],
  });
  value = await createAvroSerde({ contract: interaction, registry });
  trend = await createAvroSerde({ contract: itemTrend, registry });
  const times = { windowMs: HOUR, graceMs: 24 * HOUR, rememberMs: 25 * HOUR };
  driver = new TopologyTestDriver(topology({ value, trend, ...times }), { applicationId: 'trends' });
  input = driver.createInputTopic(interaction.topic, { key: stringSerde, value });
  output = driver.createOutputTopic(itemTrend.topic, { key: stringSerde, value: trend });
});

afterEach(() => driver.close());

function listen(
  itemId: string,
  occurredAt: number,
  eventType: InteractionEventType = 'PLAY',
  timestamp = occurredAt,
  eventId: string = randomUUID(),
): void {
  input.pipeInput(
    'user-1',
    {
      eventId,
      eventType,
      occurredAt,
      producer: 'test',
      correlationId: 'c',
      userId: 'user-1',
      sessionId: 'session-1',
      itemId,
      itemType: itemId.startsWith('episode') ? 'EPISODE' : 'SONG',
      positionMs: null,
      durationMs: null,
    },
    { timestamp },
  );
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

  it('drop plays later than the grace, and count them', () => {
    listen('song-1', DAY_START + 25 * HOUR);
    listen('song-2', DAY_START + HOUR - 1);
    expect(driver.droppedRecords).toBe(1);
    listen('song-2', DAY_START + HOUR);
    expect(driver.droppedRecords).toBe(1);
    expect([...compacted().keys()]).toEqual(['song-1', 'song-2']);
  });

  it('go on where they were after a crash', () => {
    listen('song-1', DAY_START + 1);
    listen('song-1', DAY_START + 2);
    driver.restart();
    listen('song-1', DAY_START + 3);
    expect(compacted().get('song-1')).toMatchObject({ itemType: 'SONG', plays: 3 });
  });

  it('keep the names of their internal topics, which are those of the state', () => {
    listen('song-1', DAY_START);
    expect(driver.rawRecords('trends-plays-by-item-repartition')).toHaveLength(1);
    expect(driver.rawRecords('trends-plays-by-item-repartition')[0]?.key?.toString()).toBe('SONG/song-1');
    expect(driver.rawRecords('trends-plays-per-item-changelog')).toHaveLength(1);
    expect(driver.rawRecords('trends-play-ids-changelog')).toHaveLength(1);
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
