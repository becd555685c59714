import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { GlueClient, RegisterSchemaVersionCommand } from '@aws-sdk/client-glue';
import { createAvroSerde } from '../serde.js';
import { startGlueDouble } from '../test/glue-double.js';
import type { GlueDouble } from '../test/glue-double.js';
import { glueSchemaRegistry, registerSchema } from './index.js';
import type { GlueRegistryOptions } from './index.js';

const registryName = 'music-mesh';
const definition = (...fields: string[]) =>
  JSON.stringify({
    type: 'record',
    name: 'Event',
    fields: fields.map((name) => ({ name, type: ['null', 'string'], default: null })),
  });

let glue: GlueDouble;
let client: GlueClient;
let names = 0;

beforeAll(async () => {
  glue = await startGlueDouble();
  client = new GlueClient(glue.sdk);
});
afterEach(async () => {
  await glue.clearFaults();
  await glue.pending(0);
});
afterAll(async () => {
  client.destroy();
  await glue.close();
});

/** A registry with empty caches, and a schema of one version. */
async function setUp(options: Partial<GlueRegistryOptions> = {}) {
  const schemaName = `test.event-${++names}`;
  const connection = { registryName, client };
  const { versionId } = await registerSchema({ ...connection, schemaName, definition: definition('a') });
  return { schemaName, versionId, connection, registry: glueSchemaRegistry({ ...connection, ...options }) };
}

/** Registers without waiting for the registry's decision. */
async function registerPending(schemaName: string, text: string): Promise<string> {
  const answer = await client.send(
    new RegisterSchemaVersionCommand({
      SchemaId: { RegistryName: registryName, SchemaName: schemaName },
      SchemaDefinition: text,
    }),
  );
  expect(answer.Status).toBe('PENDING');
  return answer.SchemaVersionId as string;
}

describe('looking a schema up by its id', () => {
  it('asks once, however many ask, and never again', async () => {
    const { registry, versionId } = await setUp();
    const before = await glue.calls('GetSchemaVersion');
    const found = await Promise.all([1, 2, 3].map(() => registry.schemaById(versionId)));
    expect(found[0]).toEqual({ versionId, definition: definition('a') });
    await registry.schemaById(versionId.toUpperCase());
    expect((await glue.calls('GetSchemaVersion')) - before).toBe(1);
  });

  it('drops the schemas least used beyond its size', async () => {
    const { registry, versionId, connection, schemaName } = await setUp({ cacheSize: 1 });
    const other = await registerSchema({ ...connection, schemaName, definition: definition('a', 'b') });
    const before = await glue.calls('GetSchemaVersion');
    for (const id of [versionId, other.versionId, versionId]) await registry.schemaById(id);
    expect((await glue.calls('GetSchemaVersion')) - before).toBe(3);
  });

  it('believes for a while that there is no such id, and asks again later', async () => {
    let now = 0;
    const { registry } = await setUp({ notFoundTtlMs: 1_000, clock: () => now });
    const unknown = randomUUID();
    const before = await glue.calls('GetSchemaVersion');
    const ask = () => registry.schemaById(unknown);
    await expect(ask()).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
      retriable: false,
      where: { versionId: unknown },
    });
    await expect(ask()).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    expect((await glue.calls('GetSchemaVersion')) - before).toBe(1);
    now = 1_000;
    await expect(ask()).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    expect((await glue.calls('GetSchemaVersion')) - before).toBe(2);
  });

  it('waits while a version is pending', async () => {
    const { registry, schemaName } = await setUp();
    await glue.pending(150);
    const versionId = await registerPending(schemaName, definition('a', 'b'));
    await expect(registry.schemaById(versionId)).resolves.toEqual({
      versionId,
      definition: definition('a', 'b'),
    });
  });

  it('does not wait for ever, and does not remember that', async () => {
    const { registry, schemaName } = await setUp({ pendingTimeoutMs: 0 });
    await glue.pending(200);
    const versionId = await registerPending(schemaName, definition('a', 'b'));
    const ask = () => registry.schemaById(versionId);
    await expect(ask()).rejects.toMatchObject({ code: 'VERSION_PENDING', retriable: true });
    await until('it is asked again, and known', () =>
      ask().then(
        () => true,
        () => false,
      ),
    );
  });

  it('refuses a version that the registry has rejected', async () => {
    const { registry, schemaName } = await setUp();
    await glue.pending(1);
    const incompatible = JSON.stringify({
      type: 'record',
      name: 'Event',
      fields: [{ name: 'z', type: 'int' }],
    });
    const versionId = await registerPending(schemaName, incompatible);
    await expect(registry.schemaById(versionId)).rejects.toMatchObject({
      code: 'VERSION_UNUSABLE',
      retriable: false,
    });
  });
});

describe('looking up the id of a definition', () => {
  it('finds it also where it is laid out otherwise, and remembers', async () => {
    const { registry, schemaName, versionId } = await setUp();
    const before = await glue.calls('GetSchemaByDefinition');
    const spaced = JSON.stringify(JSON.parse(definition('a')), null, 4);
    await expect(registry.versionIdOf(schemaName, spaced)).resolves.toBe(versionId);
    await expect(registry.versionIdOf(schemaName, spaced)).resolves.toBe(versionId);
    expect((await glue.calls('GetSchemaByDefinition')) - before).toBe(1);
  });

  it('waits while it is pending, since nothing may be written before', async () => {
    const { registry, schemaName } = await setUp();
    await glue.pending(150);
    const versionId = await registerPending(schemaName, definition('a', 'b'));
    await expect(registry.versionIdOf(schemaName, definition('a', 'b'))).resolves.toBe(versionId);
  });

  it('tells an unknown schema from an unknown version', async () => {
    const { registry, schemaName } = await setUp();
    await expect(registry.versionIdOf('test.unknown', definition('a'))).rejects.toMatchObject({
      code: 'SCHEMA_NOT_FOUND',
      retriable: false,
      where: { schemaName: 'test.unknown' },
    });
    await expect(registry.versionIdOf(schemaName, definition('x'))).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
      retriable: false,
      where: { schemaName },
    });
  });
});

describe('a registry in trouble', () => {
  it.each([
    ['throttled', { kind: 'throttle' }],
    ['failing', { kind: 'error', code: 'InternalServiceException' }],
    ['denied', { kind: 'error', code: 'AccessDeniedException' }],
    ['cutting connections', { kind: 'disconnect' }],
  ])('is retriable when it is %s, and asked again when it is well', async (_, fault) => {
    const { registry, versionId, schemaName } = await setUp();
    await glue.fault(fault);
    const outage = { name: 'SerdeError', code: 'REGISTRY_UNAVAILABLE', retriable: true };
    await expect(registry.schemaById(versionId)).rejects.toMatchObject(outage);
    await expect(registry.versionIdOf(schemaName, definition('a'))).rejects.toMatchObject(outage);
    await glue.clearFaults();
    await expect(registry.schemaById(versionId)).resolves.toMatchObject({ versionId });
    await expect(registry.versionIdOf(schemaName, definition('a'))).resolves.toBe(versionId);
  });

  it('is given up on when it does not answer in time', async () => {
    const { registry, versionId, connection } = await setUp({ callTimeoutMs: 200 });
    await glue.fault({ kind: 'latency', latencyMs: 2_000 });
    await expect(registry.schemaById(versionId)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retriable: true,
    });
    await glue.clearFaults();
    await expect(glueSchemaRegistry(connection).schemaById(versionId)).resolves.toMatchObject({ versionId });
  });

  it('does not stop a serde that knows its schemas, and delays one that does not', async () => {
    const { schemaName, versionId, connection } = await setUp();
    const newer = {
      type: 'record',
      name: 'Event',
      fields: [...fieldsOf(definition('a')), { name: 'b', type: ['null', 'string'], default: null }],
    };
    await registerSchema({ ...connection, schemaName, definition: JSON.stringify(newer) });
    const contract = { schemaName, schema: newer } as {
      schemaName: string;
      schema: object;
      valueType?: { a: string | null; b: string | null };
    };
    const serde = await createAvroSerde({ contract, registry: glueSchemaRegistry(connection) });
    const older = Buffer.from(`0300${versionId.replaceAll('-', '')}020278`, 'hex');
    await glue.stop();
    try {
      const own = serde.serialize('events', { a: 'x', b: null });
      expect(serde.deserialize('events', own)).toEqual({ a: 'x', b: null });
      await expect(serde.prepare('events', older)).rejects.toMatchObject({
        code: 'REGISTRY_UNAVAILABLE',
        retriable: true,
        where: { topic: 'events', schemaName, versionId },
      });
    } finally {
      await glue.start();
    }
    await serde.prepare('events', older);
    expect(serde.deserialize('events', older)).toEqual({ a: 'x', b: null });
  });
});

function fieldsOf(text: string): object[] {
  return (JSON.parse(text) as { fields: object[] }).fields;
}
