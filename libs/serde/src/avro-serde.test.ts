import { beforeEach, describe, expect, it } from '@jest/globals';
import { SerdeError } from './errors.js';
import { createAvroSerde, definitionOf } from './serde.js';
import type { AvroSerde } from './serde.js';
import { memorySchemaRegistry } from './testing/index.js';
import type { MemorySchemaRegistry } from './testing/index.js';

interface Event {
  readonly eventId: string;
  readonly plays: number | null;
}

const fields = [
  { name: 'eventId', type: { type: 'string', logicalType: 'uuid' } },
  { name: 'plays', type: ['null', 'long'], default: null },
];
const schema = { type: 'record', name: 'Event', namespace: 'music.test', fields };
const contract = { schemaName: 'test.event', schema } as {
  schemaName: string;
  schema: object;
  valueType?: Event;
};
const older = { ...schema, fields: fields.slice(0, 1) };
const foreign = { ...schema, name: 'Other' };
const event: Event = { eventId: '0b8f4c9e-6a0d-4c5e-9f61-0c6f2a1d7e11', plays: 7 };
const TOPIC = 'events';

let registry: MemorySchemaRegistry;
let serde: AvroSerde<Event>;

beforeEach(async () => {
  registry = memorySchemaRegistry({
    'test.event': [older, foreign, schema],
    'test.broken': ['{"type":"record"}'],
  });
  serde = await createAvroSerde({ contract, registry });
});

/** A frame written under another schema that the registry knows. */
function frameOf(schemaName: string, definition: string | object, body: Buffer | string): Buffer {
  const versionId = registry.register(schemaName, definition);
  const id = Buffer.from(versionId.replaceAll('-', ''), 'hex');
  return Buffer.concat([Buffer.from([3, 0]), id, typeof body === 'string' ? Buffer.from(body, 'hex') : body]);
}

const olderBody = Buffer.concat([Buffer.from([72]), Buffer.from(event.eventId)]);

describe('an Avro serde', () => {
  it.each(['none', 'zlib'] as const)('reads what it writes, with %s', async (compression) => {
    const packed = await createAvroSerde({ contract, registry, compression });
    const frame = packed.serialize(TOPIC, event);
    expect(frame[1]).toBe(compression === 'zlib' ? 5 : 0);
    expect(packed.deserialize(TOPIC, frame)).toEqual(event);
    expect(serde.deserialize(TOPIC, frame)).toEqual(event);
  });

  it('writes under the version that the registry has for the definition', () => {
    expect(serde.versionId).toBe(registry.register('test.event', definitionOf(contract)));
    expect(serde.serialize(TOPIC, event).toString('hex', 2, 18)).toBe(serde.versionId.replaceAll('-', ''));
  });

  it('needs no look-up for what it writes itself', () => {
    expect(serde.prepare(TOPIC, serde.serialize(TOPIC, event))).toBeUndefined();
    expect(registry.lookups).toBe(0);
  });

  it('does not share memory between frames', () => {
    const first = serde.serialize(TOPIC, event);
    const copy = Buffer.from(first);
    serde.serialize(TOPIC, { eventId: event.eventId.replaceAll('0', 'f'), plays: null });
    expect(first).toEqual(copy);
  });

  it("reads an older writer's value as its own, after one look-up", async () => {
    const frame = frameOf('test.event', older, olderBody);
    expect(() => serde.deserialize(TOPIC, frame)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_NOT_LOADED', retriable: true }),
    );
    await Promise.all([serde.prepare(TOPIC, frame), serde.prepare(TOPIC, frame)]);
    expect(serde.prepare(TOPIC, frame)).toBeUndefined();
    expect(serde.deserialize(TOPIC, frame)).toEqual({ ...event, plays: null });
    expect(registry.lookups).toBe(1);
  });

  it('waits for a registry that is down, and goes on when it is back', async () => {
    const frame = frameOf('test.event', older, olderBody);
    registry.down = true;
    await expect(serde.prepare(TOPIC, frame)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retriable: true,
    });
    registry.down = false;
    await serde.prepare(TOPIC, frame);
    expect(serde.deserialize(TOPIC, frame)).toMatchObject({ eventId: event.eventId });
  });

  it('says which topic, schema and version an unknown id is of', async () => {
    const frame = Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(16, 0xab), Buffer.from([0])]);
    const versionId = 'abababab-abab-abab-abab-abababababab';
    await expect(serde.prepare(TOPIC, frame)).rejects.toMatchObject({
      name: 'SerdeError',
      code: 'VERSION_NOT_FOUND',
      retriable: false,
      where: { topic: TOPIC, schemaName: 'test.event', versionId },
    });
  });

  it.each<[string, string, object | string, string]>([
    ['another record', 'test.event', foreign, 'INCOMPATIBLE'],
    ['no Avro schema', 'test.broken', '{"type":"record"}', 'BAD_SCHEMA'],
  ])(
    "blames the record whose writer's schema is %s, without asking again",
    async (_, name, definition, code) => {
      const frame = frameOf(name, definition, '00');
      await serde.prepare(TOPIC, frame);
      expect(serde.prepare(TOPIC, frame)).toBeUndefined();
      expect(() => serde.deserialize(TOPIC, frame)).toThrow(
        expect.objectContaining({ code, retriable: false }),
      );
      expect(registry.lookups).toBe(1);
    },
  );

  it.each<[string, Buffer, string]>([
    ['no frame', Buffer.from('{"eventId":"x"}'), 'FRAME_TRUNCATED'],
    ['a frame of another format', Buffer.from('{"eventId":"1234567890"}'), 'FRAME_FORMAT'],
  ])('leaves %s for deserialize to refuse', (_, data, code) => {
    expect(serde.prepare(TOPIC, data)).toBeUndefined();
    expect(() => serde.deserialize(TOPIC, data)).toThrow(
      expect.objectContaining({ code, where: expect.objectContaining({ topic: TOPIC }) }),
    );
  });

  it('names topic, schema and field of a value that it cannot write', () => {
    const write = () => serde.serialize(TOPIC, { ...event, plays: 1.5 });
    expect(write).toThrow(SerdeError);
    expect(write).toThrow(
      'the value has to be an integer from −2^52 to 2^53 − 2, not 1.5 (topic events, schema test.event, field Event.plays)',
    );
  });

  it('keeps a bounded number of schemas, and still reads its own', async () => {
    const small = await createAvroSerde({ contract, registry, limits: { maxSchemas: 2 } });
    const frames = [1, 2, 3, 4].map((n) =>
      frameOf('test.event', { ...older, doc: `writer ${n}` }, olderBody),
    );
    for (const frame of frames) {
      await small.prepare(TOPIC, frame);
      expect(small.deserialize(TOPIC, frame)).toMatchObject({ eventId: event.eventId });
    }
    expect(small.prepare(TOPIC, frames[0] as Buffer)).toBeInstanceOf(Promise);
    const own = small.serialize(TOPIC, event);
    await small.prepare(TOPIC, own);
    expect(small.deserialize(TOPIC, own)).toEqual(event);
  });
});

describe('making an Avro serde', () => {
  it.each<[string, object, string]>([
    ['an unknown schema', { ...contract, schemaName: 'test.unknown' }, 'SCHEMA_NOT_FOUND'],
    ['an unregistered definition', { ...contract, schema: { ...schema, doc: 'new' } }, 'VERSION_NOT_FOUND'],
    ['a schema that is none', { ...contract, schema: { type: 'record' } }, 'BAD_SCHEMA'],
  ])('fails for %s', async (_, wrong, code) => {
    await expect(createAvroSerde({ contract: wrong as typeof contract, registry })).rejects.toMatchObject({
      code,
    });
  });

  it('fails, retriably, while the registry is down', async () => {
    registry.down = true;
    await expect(createAvroSerde({ contract, registry })).rejects.toMatchObject({ retriable: true });
  });
});
