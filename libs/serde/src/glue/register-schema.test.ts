import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GlueClient, UpdateSchemaCommand } from '@aws-sdk/client-glue';
import { startGlueDouble } from '../test/glue-double.js';
import type { GlueDouble } from '../test/glue-double.js';
import { glueSchemaRegistry, registerSchema } from './index.js';

const registryName = 'music-mesh';
const record = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'Event', fields });
const first = record({ name: 'a', type: 'string' });
const compatible = record({ name: 'a', type: 'string' }, { name: 'b', type: 'int', default: 0 });
const incompatible = record({ name: 'a', type: 'string' }, { name: 'b', type: 'int' });

let glue: GlueDouble;
let client: GlueClient;
let names = 0;

beforeAll(async () => {
  glue = await startGlueDouble();
  client = new GlueClient(glue.sdk);
});
afterEach(() => glue.clearFaults());
afterAll(async () => {
  client.destroy();
  await glue.close();
});

const setUp = () => ({ registryName, client, schemaName: `test.event-${++names}` });

describe('registering a schema', () => {
  it('makes registry, schema and version, once', async () => {
    const schema = { ...setUp(), registryName: 'another-registry' };
    const made = await registerSchema({ ...schema, definition: first });
    expect(made).toEqual({ versionId: expect.stringMatching(/^[0-9a-f-]{36}$/), versionNumber: 1 });
    await expect(registerSchema({ ...schema, definition: first })).resolves.toEqual(made);
    const registry = glueSchemaRegistry(schema);
    await expect(registry.versionIdOf(schema.schemaName, first)).resolves.toBe(made.versionId);
  });

  it('waits until a new version may be used', async () => {
    const schema = setUp();
    await registerSchema({ ...schema, definition: first });
    await glue.pending(150);
    const next = await registerSchema({ ...schema, definition: compatible });
    expect(next.versionNumber).toBe(2);
    const registry = glueSchemaRegistry({ ...schema, pendingTimeoutMs: 0 });
    await expect(registry.schemaById(next.versionId)).resolves.toMatchObject({ definition: compatible });
  });

  it('keeps older versions, and tells which one a definition is', async () => {
    const schema = setUp();
    const older = await registerSchema({ ...schema, definition: first });
    await registerSchema({ ...schema, definition: compatible });
    await expect(registerSchema({ ...schema, definition: first })).resolves.toEqual(older);
  });

  it('refuses a version that readers of the ones before could not be given', async () => {
    const schema = setUp();
    await registerSchema({ ...schema, definition: first });
    await expect(registerSchema({ ...schema, definition: incompatible })).rejects.toMatchObject({
      name: 'SerdeError',
      code: 'INCOMPATIBLE',
      retriable: false,
      where: { schemaName: schema.schemaName },
    });
  });

  it('refuses what is no Avro', async () => {
    const rejection = { code: 'BAD_SCHEMA', retriable: false };
    await expect(registerSchema({ ...setUp(), definition: '{"type":"record"}' })).rejects.toMatchObject(
      rejection,
    );
    const schema = setUp();
    await registerSchema({ ...schema, definition: first });
    await expect(registerSchema({ ...schema, definition: '{"type":"record"}' })).rejects.toMatchObject(
      rejection,
    );
  });

  it('reports a schema that was made with another compatibility', async () => {
    const schema = setUp();
    await registerSchema({ ...schema, definition: first, compatibility: 'FULL' });
    await expect(registerSchema({ ...schema, definition: first })).rejects.toMatchObject({
      code: 'REGISTRY_MISMATCH',
      message: expect.stringContaining('FULL, not as AVRO with BACKWARD_ALL'),
    });
    await client.send(
      new UpdateSchemaCommand({
        SchemaId: { RegistryName: registryName, SchemaName: schema.schemaName },
        Compatibility: 'BACKWARD_ALL',
        SchemaVersionNumber: { LatestVersion: true },
      }),
    );
    await expect(registerSchema({ ...schema, definition: first })).resolves.toMatchObject({
      versionNumber: 1,
    });
  });

  it('may be done by several at once', async () => {
    const schema = { ...setUp(), registryName: 'contended-registry' };
    const made = await Promise.all([1, 2, 3, 4].map(() => registerSchema({ ...schema, definition: first })));
    expect(new Set(made.map(({ versionId }) => versionId)).size).toBe(1);
  });

  it.each(['CreateRegistry', 'CreateSchema', 'RegisterSchemaVersion', 'GetSchema'])(
    'is retriable when %s is throttled',
    async (operation) => {
      const schema = setUp();
      await registerSchema({ ...schema, definition: first });
      await glue.fault({ operation, kind: 'throttle' });
      const again = () => registerSchema({ ...schema, definition: compatible });
      await expect(again()).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true });
      await glue.clearFaults();
      await expect(again()).resolves.toMatchObject({ versionNumber: 2 });
    },
  );
});
