import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { interaction, type Interaction } from '@mesh/contracts';
import { createAvroSerde, type AvroSerde } from '@mesh/serde';
import { memorySchemaRegistry } from '@mesh/serde/testing';
import { checkPersonalizeEvent, type PersonalizeEvent } from '@mesh/sinks';
import { RecordingSink } from '@mesh/sinks/testing';
import { RejectedRecordError, stringSerde } from '@mesh/streams';
import { TopologyTestDriver, type TestInputTopic } from '@mesh/streams/testing';
import { topology } from './topology.js';

const PLAY: Interaction = {
  eventId: '0b2b2e6c-6a33-4c1f-9a55-0a4f5f8f7f01',
  eventType: 'PLAY',
  occurredAt: Date.UTC(2026, 0, 5, 12),
  producer: 'interactions',
  correlationId: 'c-1',
  userId: 'user-1',
  sessionId: 'session-1',
  itemId: 'song-1',
  itemType: 'SONG',
  positionMs: 45_000,
  durationMs: 180_000,
};

let value: AvroSerde<Interaction>;
let sink: RecordingSink<string, PersonalizeEvent>;
let driver: TopologyTestDriver;
let input: TestInputTopic<string, Interaction>;

beforeEach(async () => {
  const registry = memorySchemaRegistry({ [interaction.schemaName]: [interaction.schema] });
  value = await createAvroSerde({ contract: interaction, registry });
  sink = new RecordingSink();
  driver = new TopologyTestDriver(topology({ value, sink }), { applicationId: 'interactions-update' });
  input = driver.createInputTopic(interaction.topic, { key: stringSerde, value });
});

afterEach(() => driver.close());

function sent(event: Interaction): PersonalizeEvent | undefined {
  input.pipeInput(event.userId, event);
  return sink.records.at(-1)?.value;
}

describe('interactions-update', () => {
  it('sends an interaction as an event of the same id, time, user, session and item', () => {
    expect(sent(PLAY)).toEqual({
      userId: 'user-1',
      sessionId: 'session-1',
      eventId: PLAY.eventId,
      eventType: 'play',
      eventValue: 0.25,
      itemId: 'song-1',
      sentAt: PLAY.occurredAt,
      properties: '{"itemType":"SONG"}',
    });
  });

  it.each([
    ['PLAY', 'play'],
    ['SKIP', 'skip'],
    ['LIKE', 'like'],
    ['FINISH', 'finish'],
    ['FOLLOW', 'follow'],
  ] as const)('calls %s %s', (eventType, expected) => {
    expect(sent({ ...PLAY, eventType })?.eventType).toBe(expected);
  });

  it.each([
    [0, 180_000, 0],
    [180_000, 180_000, 1],
    [200_000, 180_000, 1],
    [null, 180_000, undefined],
    [10, null, undefined],
    [10, 0, undefined],
  ])('values %p of %p milliseconds heard at %p', (positionMs, durationMs, expected) => {
    expect(sent({ ...PLAY, positionMs, durationMs })?.eventValue).toBe(expected);
  });

  it('makes events that Personalize takes', () => {
    const event = sent(PLAY);
    expect(event && checkPersonalizeEvent(event)).toBeUndefined();
  });

  it('commits past what is done, and not past what is not', () => {
    sent(PLAY);
    expect(driver.committedOffset(interaction.topic)).toBe(1);
    const outcomes: (() => void)[] = [];
    sink.write = (_record, done) => void outcomes.push(done);
    sent(PLAY);
    sent(PLAY);
    outcomes[1]?.();
    sent(PLAY);
    expect(driver.committedOffset(interaction.topic)).toBe(1);
  });

  it('gives what the sink rejects to the dead letters, with the reason', () => {
    sink.outcome = () => new RejectedRecordError('PROPERTIES_TOO_LONG', 'properties has 2000 characters');
    sent(PLAY);
    const [letter] = driver.rawRecords(`${interaction.topic}.dlq`);
    expect(letter?.key?.toString()).toBe('user-1');
    expect(value.deserialize(interaction.topic, letter?.value ?? Buffer.alloc(0))).toEqual(PLAY);
    const headers = new Map(letter?.headers.map(([name, data]) => [name, data?.toString()]));
    expect(headers.get('__connect.errors.stage')).toBe('TASK_PUT');
    expect(headers.get('__connect.errors.exception.message')).toContain('properties has 2000 characters');
  });

  it('gives an unreadable record to the dead letters and goes on', () => {
    const broken = driver.createInputTopic(interaction.topic, {
      key: stringSerde,
      value: { serialize: (_topic: string, text: string) => Buffer.from(text) },
    });
    broken.pipeInput('user-1', 'no frame');
    expect(sent(PLAY)?.eventId).toBe(PLAY.eventId);
    expect(sink.records).toHaveLength(1);
    expect(driver.rawRecords(`${interaction.topic}.dlq`)).toHaveLength(1);
  });
});
