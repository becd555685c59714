import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { interaction, type Interaction } from '@mesh/contracts';
import { createAvroSerde, type AvroSerde } from '@mesh/serde';
import { memorySchemaRegistry } from '@mesh/serde/testing';
import { RecordingSink } from '@mesh/sinks/testing';
import { stringSerde } from '@mesh/streams';
import { TopologyTestDriver, type TestInputTopic } from '@mesh/streams/testing';
import { encodeDocument } from './document.js';
import { topology } from './topology.js';

const LIKE: Interaction = {
  eventId: '0b2b2e6c-6a33-4c1f-9a55-0a4f5f8f7f01',
  eventType: 'LIKE',
  occurredAt: Date.UTC(2026, 0, 5, 12, 30),
  producer: 'interactions',
  correlationId: 'c-1',
  userId: 'user-1',
  sessionId: 'session-1',
  itemId: 'episode-1',
  itemType: 'EPISODE',
  positionMs: null,
  durationMs: 1_800_000,
};

let value: AvroSerde<Interaction>;
let sink: RecordingSink<string, Interaction>;
let driver: TopologyTestDriver;
let input: TestInputTopic<string, Interaction>;

beforeEach(async () => {
  const registry = memorySchemaRegistry({ [interaction.schemaName]: [interaction.schema] });
  value = await createAvroSerde({ contract: interaction, registry });
  sink = new RecordingSink();
  driver = new TopologyTestDriver(topology({ value, sink }), { applicationId: 'interactions-ingestor' });
  input = driver.createInputTopic(interaction.topic, { key: stringSerde, value });
});

afterEach(() => driver.close());

function documents(): unknown[] {
  return sink.records.map((record): unknown => JSON.parse(encodeDocument(record).toString('utf8')));
}

describe('interactions-ingestor', () => {
  it('makes one JSON object of an interaction: all fields, an ISO time, and where it came from', () => {
    input.pipeInput('user-1', LIKE);
    expect(documents()).toEqual([
      {
        ...LIKE,
        occurredAt: '2026-01-05T12:30:00.000Z',
        kafka: { topic: 'interactions', partition: 0, offset: 0 },
      },
    ]);
  });

  it('makes of a record seen again the same document, under the same event id', () => {
    input.pipeInput('user-1', LIKE);
    const [first] = documents();
    driver.restart();
    input.pipeInput('user-1', LIKE);
    expect(documents()[1]).toEqual({
      ...(first as object),
      kafka: { topic: 'interactions', partition: 0, offset: 1 },
    });
  });

  it('keeps text of any script', () => {
    input.pipeInput('user-1', { ...LIKE, itemId: 'episode-ünï-🎧' });
    expect(documents()[0]).toMatchObject({ itemId: 'episode-ünï-🎧' });
  });

  it('commits only past what Firehose has taken', () => {
    const outcomes: (() => void)[] = [];
    sink.write = (_record, done) => void outcomes.push(done);
    input.pipeInput('user-1', LIKE);
    input.pipeInput('user-1', LIKE);
    outcomes[1]?.();
    input.pipeInput('user-1', LIKE);
    expect(driver.committedOffset(interaction.topic)).toBe(0);
    outcomes[0]?.();
    input.pipeInput('user-1', LIKE);
    expect(driver.committedOffset(interaction.topic)).toBe(2);
  });

  it('gives an unreadable record to the dead letters and goes on', () => {
    const broken = driver.createInputTopic(interaction.topic, {
      key: stringSerde,
      value: { serialize: (_topic: string, text: string) => Buffer.from(text) },
    });
    broken.pipeInput('user-1', 'no frame');
    input.pipeInput('user-1', LIKE);
    expect(documents()).toHaveLength(1);
    expect(driver.rawRecords(`${interaction.topic}.dlq`)[0]?.value?.toString()).toBe('no frame');
  });
});
