import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SchemaRegistry as ConfluentClient } from '@kafkajs/confluent-schema-registry';
import { startSchemaRegistry } from '@mesh/local-cloud';
import { randomUUID } from 'node:crypto';
import { createAvroSerde, type AvroContract } from '../serde.js';
import { memorySchemaRegistry } from '../testing/index.js';
import { confluentSchemaRegistry } from './registry.js';
import { registerConfluentSchema } from './register.js';

interface Play {
  readonly item: string;
  readonly at: number;
}

const field = { item: { name: 'item', type: 'string' }, at: { name: 'at', type: 'long' } };
const play: Play = { item: 'song-1', at: 1_700_000_000_000 };

function contractOf<T>(schemaName: string, fields: readonly object[]): AvroContract<T> {
  return { schemaName, schema: { type: 'record', name: 'Play', namespace: 'test', fields } };
}

describe('a registry that speaks the protocol of Confluent', () => {
  let server: Awaited<ReturnType<typeof startSchemaRegistry>>;

  beforeAll(async () => {
    server = await startSchemaRegistry();
  }, 300_000);

  afterAll(async () => {
    await server.stop();
  });

  const registered = async <T>(
    fields: readonly object[],
    schemaName = `test-${randomUUID()}`,
  ): Promise<AvroContract<T>> => {
    const contract = contractOf<T>(schemaName, fields);
    await registerConfluentSchema({
      url: server.url,
      schemaName,
      definition: JSON.stringify(contract.schema),
    });
    return contract;
  };
  const lookUp = () => confluentSchemaRegistry({ url: server.url });

  it("has its frames read by the library's own decoder, and the other way round", async () => {
    const contract = await registered<Play>([field.item, field.at]);
    const serde = await createAvroSerde({ contract, registry: lookUp() });
    const client = new ConfluentClient({ host: server.url });
    const frame = serde.serialize('plays', play);
    expect(frame.subarray(0, 5).toString('hex')).toBe(
      `00${Number(serde.versionId).toString(16).padStart(8, '0')}`,
    );
    expect({ ...(await client.decode(frame)) }).toEqual(play);

    const theirs = await client.encode(Number(serde.versionId), play);
    expect(theirs).toEqual(frame);
    await serde.prepare('plays', theirs);
    expect(serde.deserialize('plays', theirs)).toEqual(play);
  });

  it('reads what was written under an older schema, and under a newer one', async () => {
    const schemaName = `test-${randomUUID()}`;
    const before = await registered<Play>([field.item, field.at], schemaName);
    const source = { name: 'source', type: 'string', default: 'unknown' };
    const after = await registered<Play & { source: string }>([field.item, field.at, source], schemaName);
    const old = await createAvroSerde({ contract: before, registry: lookUp() });
    const current = await createAvroSerde({ contract: after, registry: lookUp() });

    const oldFrame = old.serialize('plays', play);
    const newFrame = current.serialize('plays', { ...play, source: 'radio' });
    expect(() => current.deserialize('plays', oldFrame)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_NOT_LOADED' }),
    );
    await current.prepare('plays', oldFrame);
    await old.prepare('plays', newFrame);
    expect(current.deserialize('plays', oldFrame)).toEqual({ ...play, source: 'unknown' });
    expect(old.deserialize('plays', newFrame)).toEqual(play);
  });

  it('gives a definition its id once, and refuses one that cannot read what is there', async () => {
    const schemaName = `test-${randomUUID()}`;
    const definition = JSON.stringify(contractOf(schemaName, [field.item]).schema);
    const first = await registerConfluentSchema({ url: server.url, schemaName, definition });
    expect(await registerConfluentSchema({ url: server.url, schemaName, definition })).toEqual(first);
    const incompatible = JSON.stringify(contractOf(schemaName, [field.item, field.at]).schema);
    const attempt = registerConfluentSchema({ url: server.url, schemaName, definition: incompatible });
    await expect(attempt).rejects.toMatchObject({
      name: 'SerdeError',
      code: 'INCOMPATIBLE',
      where: { schemaName },
    });
    await expect(
      registerConfluentSchema({ url: server.url, schemaName, definition, compatibility: 'NONE' }),
    ).rejects.toMatchObject({ code: 'REGISTRY_MISMATCH' });
    await expect(
      registerConfluentSchema({ url: server.url, schemaName, definition: '{"type":"nothing"}' }),
    ).rejects.toMatchObject({ code: 'BAD_SCHEMA' });
  });

  it('tells a subject, a definition and an id that are not there apart', async () => {
    const contract = await registered<Play>([field.item]);
    const registry = lookUp();
    const other = JSON.stringify(contractOf(contract.schemaName, [field.at]).schema);
    await expect(registry.versionIdOf('nobody-knows', other)).rejects.toMatchObject({
      code: 'SCHEMA_NOT_FOUND',
    });
    await expect(registry.versionIdOf(contract.schemaName, other)).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
      retriable: false,
    });
    await expect(registry.schemaById('99999')).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
      where: { versionId: '99999' },
    });
  });

  it('reads only its own frames, and says which others it was given', async () => {
    const contract = await registered<Play>([field.item, field.at]);
    const confluent = await createAvroSerde({ contract, registry: lookUp() });
    const memory = memorySchemaRegistry({ [contract.schemaName]: [contract.schema] });
    const glue = await createAvroSerde({ contract, registry: memory });
    const [ours, theirs] = [confluent.serialize('plays', play), glue.serialize('plays', play)];
    expect(() => confluent.deserialize('plays', theirs)).toThrow(
      expect.objectContaining({ code: 'FRAME_FORMAT', message: expect.stringContaining('first byte is 03') }),
    );
    // Long enough for a header of Glue's.
    expect(() => glue.deserialize('plays', Buffer.concat([ours, Buffer.alloc(20)]))).toThrow(
      expect.objectContaining({ code: 'FRAME_FORMAT', message: expect.stringContaining('first byte is 00') }),
    );
    expect(() => confluent.deserialize('plays', ours.subarray(0, 4))).toThrow(
      expect.objectContaining({ code: 'FRAME_TRUNCATED' }),
    );
    await expect(
      createAvroSerde({ contract, registry: lookUp(), compression: 'zlib' }),
    ).rejects.toMatchObject({
      code: 'FRAME_FORMAT',
    });
  });

  it('is guarded as every body is', async () => {
    const contract = await registered<{ many: string[] }>([
      { name: 'many', type: { type: 'array', items: 'string' } },
    ]);
    const serde = await createAvroSerde({ contract, registry: lookUp() });
    const head = serde.serialize('many', { many: [] }).subarray(0, 5);
    // One block that claims 2^31 items.
    const bomb = Buffer.concat([head, Buffer.from('ffffffff0f', 'hex')]);
    expect(() => serde.deserialize('many', bomb)).toThrow(expect.objectContaining({ name: 'SerdeError' }));
    const limits = { maxBytes: 8 };
    const small = await createAvroSerde({ contract, registry: lookUp(), limits });
    expect(() => small.deserialize('many', Buffer.concat([head, Buffer.alloc(9)]))).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });

  it('is a retriable fault while it is away, and asked again afterwards', async () => {
    // A port that nobody listens on.
    const away = confluentSchemaRegistry({ url: 'http://127.0.0.1:1' });
    await expect(away.schemaById('1')).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retriable: true,
    });
    await expect(away.versionIdOf('any', '{}')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });
});
