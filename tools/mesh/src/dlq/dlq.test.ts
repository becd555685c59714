import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import {
  createKafkaClient,
  type ConsumedRecord,
  type Header,
  type KafkaClient,
  type ProducerRecord,
} from '@mesh/kafka';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { formatBytes } from './format.js';
import { replayLetters } from './replay.js';
import { countLetters, selectLetters } from './summary.js';

let kafka: KafkaServer;
let client: KafkaClient;

beforeAll(async () => {
  kafka = await startKafka();
  client = createKafkaClient({ brokers: kafka.bootstrap.split(','), clientId: 'dlq-test' });
}, 600_000);

afterAll(async () => {
  await client.close();
  await kafka.stop();
});

interface Refused {
  readonly offset?: string;
  readonly stage?: string;
  readonly error?: string;
  readonly application?: string;
  readonly record?: Partial<ProducerRecord>;
}

const own: Header[] = [
  ['ce_id', Buffer.from('1')],
  ['twice', Buffer.from('a')],
  ['twice', null],
];

function letter(topic: string, refused: Refused): ProducerRecord {
  const errors = {
    topic,
    partition: '0',
    offset: refused.offset ?? '',
    'connector.name': refused.application ?? 'app',
    'task.id': '0_0',
    stage: refused.stage ?? 'TRANSFORMATION',
    'class.name': 'check',
    'exception.class.name': refused.error ?? 'RangeError',
    'exception.message': 'out of range',
    'exception.stacktrace': 'RangeError: out of range\n at check',
  };
  return {
    key: Buffer.from('user-1'),
    value: Buffer.from([0, 1, 255]),
    timestamp: 1_700_000_000_000,
    ...refused.record,
    headers: [
      ...own,
      ...Object.entries(errors).map(([name, value]): Header => [
        `__connect.errors.${name}`,
        Buffer.from(value),
      ]),
    ],
  };
}

/** A topic and its dead-letter topic of two partitions, with letters in the first. */
async function refused(...letters: readonly Refused[]): Promise<string> {
  const topic = `interactions-${randomUUID()}`;
  const admin = client.admin();
  // The letters are years old.
  const spec = { replicationFactor: 1, config: { 'retention.ms': '-1' } };
  await admin.createTopics([
    { ...spec, name: topic, partitions: 3 },
    { ...spec, name: `${topic}.dlq`, partitions: 2 },
  ]);
  await add(topic, letters);
  return topic;
}

async function add(topic: string, letters: readonly Refused[], partition = 0): Promise<void> {
  const records = letters.map((each) => ({ ...letter(topic, each), partition }));
  await client.producer().send([{ topic: `${topic}.dlq`, records }]);
}

/** All that is in the source topic. */
async function putBack(topic: string): Promise<ConsumedRecord[]> {
  const partitions = [0, 1, 2].map((partition) => ({ topic, partition, offset: 0 }));
  const ends = await client.admin().endOffsets(partitions);
  const reader = await client.reader(partitions);
  const records: ConsumedRecord[] = [];
  const reached = new Map<number, number>();
  while (ends.some(({ partition, offset }) => (reached.get(partition) ?? 0) < offset)) {
    for (const batch of await reader.poll(100)) {
      records.push(...batch.records);
      reached.set(batch.partition, batch.nextOffset);
    }
  }
  await reader.close();
  return records;
}

/** A transaction is decided when it is committed, but readers see it when the brokers have written that down. */
async function holds(topic: string, count: number): Promise<ConsumedRecord[]> {
  const deadline = Date.now() + 30_000;
  let found = await putBack(topic);
  while (found.length < count && Date.now() < deadline) found = await putBack(topic);
  expect(found).toHaveLength(count);
  return found;
}

describe('dead letters', () => {
  it('are counted by error, stage and application, the most frequent first', async () => {
    const topic = await refused(
      { offset: '1' },
      { offset: '2', error: 'SerdeError', stage: 'VALUE_CONVERTER' },
      { offset: '3', error: 'SerdeError', stage: 'VALUE_CONVERTER' },
      { offset: '3', error: 'SerdeError', stage: 'VALUE_CONVERTER', application: 'other' },
    );
    const like = { source: topic, replayed: 0 };
    expect(await countLetters(client, topic)).toEqual([
      { ...like, application: 'app', stage: 'VALUE_CONVERTER', errorClass: 'SerdeError', letters: 2 },
      { ...like, application: 'app', stage: 'TRANSFORMATION', errorClass: 'RangeError', letters: 1 },
      { ...like, application: 'other', stage: 'VALUE_CONVERTER', errorClass: 'SerdeError', letters: 1 },
    ]);
    await replayLetters(client, topic, { limit: 1 });
    expect((await countLetters(client, `${topic}.dlq`)).map(({ replayed }) => replayed)).toEqual([0, 1, 0]);
  });

  it('are shown from a place on', async () => {
    const topic = await refused({ offset: '7' }, { offset: '8' }, { offset: '9' });
    await add(topic, [{ offset: '10' }], 1);
    const sources = async (selection: Parameters<typeof selectLetters>[2]): Promise<string[]> =>
      (await selectLetters(client, topic, selection)).map(({ source }) => source.offset);
    expect(await sources({ limit: 10 })).toEqual(['7', '8', '9', '10']);
    expect(await sources({ limit: 1, partition: 0, offset: 1 })).toEqual(['8']);
    expect(await sources({ limit: 10, partition: 1 })).toEqual(['10']);
    await expect(selectLetters(client, topic, { limit: 1, partition: 2 })).rejects.toThrow('none 2');
    await expect(selectLetters(client, 'no-such-topic', { limit: 1 })).rejects.toThrow('no-such-topic.dlq');
  });

  it('go back as they were, once', async () => {
    const topic = await refused(
      { offset: '1' },
      { offset: '2', record: { key: null, value: null } },
      { offset: '3', record: { timestamp: 5 } },
    );
    await add(topic, [{ offset: '4' }], 1);
    expect(await replayLetters(client, topic)).toEqual({ sent: { [topic]: 4 }, repeated: 0 });
    const back = await holds(topic, 4);
    const expected = { key: Buffer.from('user-1'), value: Buffer.from([0, 1, 255]), headers: own };
    const byTime = [...back].sort(
      (a, b) => a.timestamp - b.timestamp || Number(a.key !== null) - Number(b.key !== null),
    );
    expect(byTime).toEqual([
      { ...expected, timestamp: 5, offset: expect.any(Number) },
      { ...expected, key: null, value: null, timestamp: 1_700_000_000_000, offset: expect.any(Number) },
      { ...expected, timestamp: 1_700_000_000_000, offset: expect.any(Number) },
      { ...expected, timestamp: 1_700_000_000_000, offset: expect.any(Number) },
    ]);

    expect(await replayLetters(client, topic)).toEqual({ sent: {}, repeated: 0 });
    await add(topic, [{ offset: '5' }]);
    expect(await replayLetters(client, topic)).toEqual({ sent: { [topic]: 1 }, repeated: 0 });
    await holds(topic, 5);
  });

  it('stay where they are in a dry run, and beyond the limit', async () => {
    const topic = await refused({ offset: '1' }, { offset: '2' }, { offset: '3' });
    expect(await replayLetters(client, topic, { dryRun: true })).toEqual({
      sent: { [topic]: 3 },
      repeated: 0,
    });
    expect(await putBack(topic)).toEqual([]);
    expect(await replayLetters(client, topic, { limit: 0 })).toEqual({ sent: {}, repeated: 0 });
    expect(await replayLetters(client, topic, { limit: 2 })).toEqual({ sent: { [topic]: 2 }, repeated: 0 });
    expect(await replayLetters(client, topic, { limit: 2 })).toEqual({ sent: { [topic]: 1 }, repeated: 0 });
    await holds(topic, 3);
  });

  it('about one record, of two applications or of a repetition, put it back once', async () => {
    const topic = await refused(
      { offset: '1' },
      { offset: '1', application: 'other' },
      { offset: '1' },
      { offset: '2' },
    );
    expect(await replayLetters(client, topic)).toEqual({ sent: { [topic]: 2 }, repeated: 2 });
    await holds(topic, 2);
  });

  it('that cannot go back are not counted as replayed', async () => {
    const topic = await refused({ offset: '1' });
    await client.admin().deleteTopics([topic]);
    await expect(replayLetters(client, topic)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
    await client
      .admin()
      .createTopics([{ name: topic, partitions: 3, replicationFactor: 1, config: { 'retention.ms': '-1' } }]);
    expect(await replayLetters(client, topic)).toEqual({ sent: { [topic]: 1 }, repeated: 0 });
    await holds(topic, 1);
  });
});

describe('mesh dlq', () => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const mesh = async (...args: string[]): Promise<string> => {
    const node = [...RUN_SOURCES, main, 'dlq', ...args];
    const env = { ...process.env, KAFKA_BROKERS: kafka.bootstrap };
    return (await promisify(execFile)(process.execPath, node, { env })).stdout;
  };

  let topic: string;
  beforeAll(async () => {
    topic = await refused(
      { offset: '41' },
      { offset: '42', error: 'SerdeError', record: { value: Buffer.from('{"a":1}') } },
    );
  });

  it('lists, shows and replays', async () => {
    const list = await mesh('list', topic);
    expect(list.split('\n')[0]).toMatch(/^letters +replayed +error +stage +application +source topic$/);
    expect(list).toMatch(new RegExp(`1 +0 +RangeError +TRANSFORMATION +app +${topic}`));
    const shown = await mesh('show', topic, '--offset', '1');
    expect(shown.trimEnd().split('\n')).toEqual([
      'letter      0:1, 2023-11-14T22:13:20.000Z',
      `from        ${topic}, partition 0, offset 42`,
      'refused by  app, task 0_0, at TRANSFORMATION in check',
      'error       SerdeError: out of range',
      'key         "user-1"',
      String.raw`value       "{\"a\":1}"`,
      'header      ce_id = "1"',
      'header      twice = "a"',
      'header      twice = null',
    ]);
    expect(await mesh('show', topic, '--limit', '1')).toContain('value       0x0001ff\n');
    expect(await mesh('replay', topic, '--dry-run')).toBe(`2 would go back to ${topic}\n`);
    expect(await mesh('replay', topic)).toBe(`2 went back to ${topic}\n`);
    expect(await mesh('replay', topic)).toBe('nothing to replay\n');
    expect(await mesh('list', 'empty-one').catch((error: { stderr: string }) => error.stderr)).toContain(
      'there is no topic empty-one.dlq',
    );
  }, 120_000);
});

describe('bytes for reading', () => {
  it.each([
    [null, 'null'],
    [Buffer.from('ü\n'), String.raw`"ü\n"`],
    [Buffer.from([0xff]), '0xff'],
    [Buffer.from([0]), '0x00'],
    [Buffer.alloc(0), '""'],
  ])('%j as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('are cut where there are many', () => {
    expect(formatBytes(Buffer.alloc(600, 'x'))).toBe(`"${'x'.repeat(512)}" … (600 bytes)`);
  });
});
