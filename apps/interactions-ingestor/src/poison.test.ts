import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, type Interaction } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import type { Header } from '@mesh/kafka';
import { createAvroCodec, glueHeader, readGlueFrame, writeGlueFrame } from '@mesh/serde';
import { registerSchema } from '@mesh/serde/glue';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { createDeliveryStream, plays, startTestMesh, type TestMesh } from '@mesh/testkit';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const STREAM = 'interactions';
const MIB = 1024 * 1024;
const UNKNOWN_ID = 'ffffffff-0000-4000-8000-000000000000';
/** Of the play that is spoilt; far from when the test runs. */
const WHEN = Date.UTC(2026, 0, 5, 6, 7, 8, 9);

/** The ten headers of Kafka Connect's DeadLetterQueueReporter. */
const CONNECT_HEADERS = [
  'class.name',
  'connector.name',
  'exception.class.name',
  'exception.message',
  'exception.stacktrace',
  'offset',
  'partition',
  'stage',
  'task.id',
  'topic',
];

interface Poison {
  readonly name: string;
  readonly stage: 'VALUE_CONVERTER' | 'TASK_PUT';
  readonly message: RegExp;
  /** The bytes of the record, made of those of a sound one. */
  readonly bytes: (sound: Buffer) => Buffer | Promise<Buffer>;
}

const [PLAY] = plays(1) as [Interaction];
let mesh: TestMesh;
let service: ServiceProcess;
let url: string;

const body = (frame: Buffer): Buffer => readGlueFrame(frame).body;
const header = (frame: Buffer): Buffer => glueHeader(readGlueFrame(frame).versionId, 'none');

async function framed(event: Interaction): Promise<Buffer> {
  const { value } = await mesh.record(interaction, event);
  return value ?? Buffer.alloc(0);
}

/** A value under a schema that the registry knows, as another producer's of the same topic. */
async function ofSchema(schemaName: string, schema: object, value: unknown): Promise<Buffer> {
  const { versionId } = await registerSchema({
    registryName: 'music-mesh',
    endpoint: mesh.cloud.url,
    schemaName,
    definition: JSON.stringify(schema),
  });
  return writeGlueFrame(glueHeader(versionId, 'none'), createAvroCodec(schema).encode(value));
}

const poisons: readonly Poison[] = [
  {
    name: 'the id of a schema version that the registry does not know',
    stage: 'VALUE_CONVERTER',
    message: new RegExp(`version ${UNKNOWN_ID}`),
    bytes: (sound) => writeGlueFrame(glueHeader(UNKNOWN_ID, 'none'), body(sound)),
  },
  {
    name: 'text that is no frame',
    stage: 'VALUE_CONVERTER',
    message: /first byte is 7b/,
    bytes: () => Buffer.from(JSON.stringify(PLAY)),
  },
  {
    name: 'a frame cut within its header',
    stage: 'VALUE_CONVERTER',
    message: /18 bytes of header, these are 10 bytes/,
    bytes: (sound) => sound.subarray(0, 10),
  },
  {
    name: 'a frame cut within its body',
    stage: 'VALUE_CONVERTER',
    message: /field Interaction\./,
    bytes: (sound) => sound.subarray(0, sound.length - 20),
  },
  {
    name: 'a body that goes on after the event',
    stage: 'VALUE_CONVERTER',
    message: /bytes? follow/,
    bytes: (sound) => Buffer.concat([sound, Buffer.from([1, 2, 3])]),
  },
  {
    name: 'a body whose first length is none',
    stage: 'VALUE_CONVERTER',
    message: /field Interaction\.eventId/,
    bytes: (sound) => writeGlueFrame(header(sound), Buffer.alloc(200, 0xff)),
  },
  {
    name: 'a compressed body that is no zlib stream',
    stage: 'VALUE_CONVERTER',
    message: /no whole zlib stream/,
    bytes: (sound) =>
      Buffer.concat([glueHeader(readGlueFrame(sound).versionId, 'zlib'), Buffer.from('not compressed')]),
  },
  {
    name: 'a zlib bomb: 64 MiB in 64 KiB',
    stage: 'VALUE_CONVERTER',
    message: /larger than 4194304 bytes/,
    bytes: (sound) =>
      writeGlueFrame(glueHeader(readGlueFrame(sound).versionId, 'zlib'), Buffer.alloc(64 * MIB)),
  },
  {
    name: "a writer's schema that can not be read as ours",
    stage: 'VALUE_CONVERTER',
    message: /cannot be read as the reader's/,
    bytes: () => {
      const fields = [{ name: 'note', type: 'string' }];
      return ofSchema('interactions.note', { type: 'record', name: 'Note', fields }, { note: 'hello' });
    },
  },
  {
    name: "a writer's schema with another type in a field",
    stage: 'VALUE_CONVERTER',
    message: /cannot read "long" as "string"/,
    bytes: () => {
      const { fields, ...record } = interaction.schema as { fields: { name: string }[] };
      const numbered = fields.map((field) =>
        field.name === 'userId' ? { name: 'userId', type: 'long' } : field,
      );
      return ofSchema(
        'interactions.numbered',
        { ...record, fields: numbered },
        {
          ...PLAY,
          userId: 42,
        },
      );
    },
  },
  {
    name: 'an event larger than Firehose takes',
    stage: 'TASK_PUT',
    message: /has \d{7} bytes, allowed are 1024000/,
    bytes: () => framed({ ...PLAY, itemId: 'x'.repeat(1_030_000) }),
  },
];

beforeAll(async () => {
  mesh = await startTestMesh();
  await createDeliveryStream(mesh.cloud.url, STREAM);
  service = startServiceProcess(MAIN, { ...mesh.env, FIREHOSE_DELIVERY_STREAM: STREAM });
  url = String((await service.line('listening')).url);
}, 120_000);

afterAll(async () => {
  service?.child.kill('SIGKILL');
  await mesh?.stop();
}, 60_000);

const ready = async (): Promise<boolean> => (await fetch(`${url}/ready`)).ok;

describe('a record that can not be brought to Firehose', () => {
  it.each(poisons)('goes to the dead letters as it is: $name', async ({ bytes, stage, message }) => {
    const key = Buffer.from(`poison-${randomUUID()}`);
    const headers: readonly Header[] = [
      ['ce_id', Buffer.from('an id')],
      ['trace', null],
    ];
    const value = await bytes(await framed(PLAY));
    await mesh.send(interaction.topic, [{ key, value, headers, timestamp: WHEN, partition: 1 }]);

    const find = async () =>
      (await mesh.deadLetters(interaction.topic)).filter((letter) => letter.key?.equals(key));
    await until('the record is among the dead letters', async () => (await find()).length > 0);
    const letters = await find();
    expect(letters).toHaveLength(1);
    const [letter] = letters as [(typeof letters)[number]];
    expect(letter.value?.equals(value)).toBe(true);
    expect(letter.timestamp).toBe(WHEN);
    expect(letter.original).toEqual(headers);

    const { errors } = letter;
    expect(Object.keys(errors).sort()).toEqual(CONNECT_HEADERS);
    const source = (await mesh.read(interaction.topic)).find((record) => record.key?.equals(key));
    expect(errors).toMatchObject({
      topic: interaction.topic,
      partition: '1',
      offset: String(source?.offset),
      'connector.name': 'interactions-ingestor',
      'task.id': '0_1',
      stage,
      'exception.class.name': stage === 'TASK_PUT' ? 'RejectedRecordError' : 'SerdeError',
      'exception.message': expect.stringMatching(message),
    });
    expect(errors['class.name']).not.toBe('');
    expect(errors['exception.stacktrace']).toMatch(/Error: .*\n\s+at /);
    expect(await ready()).toBe(true);
  });

  it('holds up nothing: the sound ones among them arrive, each once', async () => {
    await mesh.publish(interaction, plays(200));
    const done = 200 + poisons.length;
    await until('all are done', async () => {
      return (await mesh.committed('interactions-ingestor', interaction.topic)) === done;
    });
    const counts = (await mesh.cloud.admin('firehose/counts'))[STREAM] as { accepted: number };
    expect(counts.accepted).toBe(200);
    expect(await mesh.deadLetters(interaction.topic)).toHaveLength(poisons.length);
  });
});
