import {
  DeleteSchemaCommand,
  DeleteSchemaVersionsCommand,
  GetSchemaCommand,
  ListSchemasCommand,
  RegisterSchemaVersionCommand,
  UpdateSchemaCommand,
  type Compatibility,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from '@jest/globals';
import {
  byDefinition,
  byId,
  byNumber,
  create,
  doublesUrl,
  glue,
  incompatible,
  latest,
  pass,
  record,
  refusal,
  register,
  registerAndWait,
  schemaId,
  start,
  stop,
  v1,
  v2,
  v3,
  withRegistry,
} from '../../test/glue-registry.js';
import { admin } from '../../test/serve.js';

withRegistry();

describe('a new version', () => {
  it('is PENDING while it is checked, then AVAILABLE and the latest', async () => {
    await create();
    const registered = await register(v2);
    expect(registered).toMatchObject({ VersionNumber: 2, Status: 'PENDING' });
    expect(await byId(registered.SchemaVersionId)).toMatchObject({ Status: 'PENDING', SchemaDefinition: v2 });
    expect(await byDefinition(v2)).toMatchObject({ Status: 'PENDING' });
    expect(await latest()).toMatchObject({ VersionNumber: 1 });
    pass(999);
    expect(await byNumber(2)).toMatchObject({ Status: 'PENDING' });
    pass(1);
    expect(await byNumber(2)).toMatchObject({
      Status: 'AVAILABLE',
      SchemaVersionId: registered.SchemaVersionId,
    });
    expect(await latest()).toMatchObject({ VersionNumber: 2 });
    expect(await glue.send(new GetSchemaCommand({ SchemaId: schemaId }))).toMatchObject({
      LatestSchemaVersion: 2,
      NextSchemaVersion: 3,
    });
  });

  it('that is incompatible fails, keeps its number and is never the latest', async () => {
    await create();
    const registered = await register(incompatible);
    expect(registered).toMatchObject({ VersionNumber: 2, Status: 'PENDING' });
    pass(1000);
    expect(await byId(registered.SchemaVersionId)).toMatchObject({ Status: 'FAILURE' });
    expect(await byDefinition(incompatible)).toMatchObject({ Status: 'FAILURE' });
    expect(await latest()).toMatchObject({ VersionNumber: 1 });
    // Asked again it is the same failure.
    expect(await register(incompatible)).toEqual(
      expect.objectContaining({ SchemaVersionId: registered.SchemaVersionId, Status: 'FAILURE' }),
    );
    // It is nothing to compare others with.
    expect(await registerAndWait(v2)).toBe('AVAILABLE');
    expect(await latest()).toMatchObject({ VersionNumber: 3 });
  });

  it('that is known already is the known one, however it is written', async () => {
    const created = await create();
    const known = { SchemaVersionId: created.SchemaVersionId, VersionNumber: 1, Status: 'AVAILABLE' };
    expect(await register(v1)).toMatchObject(known);
    expect(await register(JSON.stringify(JSON.parse(v1), null, 4))).toMatchObject(known);
    const found = await byDefinition(
      '{"name":"music.Event","fields":[{"type":{"type":"string"},"name":"id"}],"type":"record"}',
    );
    expect(found).toMatchObject({
      SchemaVersionId: created.SchemaVersionId,
      Status: 'AVAILABLE',
      DataFormat: 'AVRO',
    });
  });

  it.each<[Compatibility, string, string]>([
    ['NONE', 'AVAILABLE', 'AVAILABLE'],
    ['BACKWARD', 'FAILURE', 'AVAILABLE'],
    ['BACKWARD_ALL', 'FAILURE', 'AVAILABLE'],
    ['FORWARD', 'AVAILABLE', 'AVAILABLE'],
    ['FORWARD_ALL', 'AVAILABLE', 'AVAILABLE'],
    ['FULL', 'FAILURE', 'AVAILABLE'],
    ['FULL_ALL', 'FAILURE', 'AVAILABLE'],
  ])('under %s: a required field %s, an optional one %s', async (mode, withoutDefault, withDefault) => {
    await create(mode);
    expect(await registerAndWait(incompatible)).toBe(withoutDefault);
    await create(mode, v1, 'other');
    const { SchemaVersionId: id } = await glue.send(
      new RegisterSchemaVersionCommand({
        SchemaId: { RegistryName: 'mesh', SchemaName: 'other' },
        SchemaDefinition: v2,
      }),
    );
    pass(1000);
    expect((await byId(id)).Status).toBe(withDefault);
  });

  it('is compared with all, or with the last only, or from the checkpoint on', async () => {
    // Without the default of v2's field: reads v2, not v1.
    const later = record({ name: 'note', type: 'string' });
    await create('BACKWARD_ALL');
    await registerAndWait(v2);
    expect(await registerAndWait(later)).toBe('FAILURE');
    await glue.send(new DeleteSchemaVersionsCommand({ SchemaId: schemaId, Versions: '3' }));
    await glue.send(
      new UpdateSchemaCommand({ SchemaId: schemaId, SchemaVersionNumber: { VersionNumber: 2 } }),
    );
    expect(await registerAndWait(later)).toBe('AVAILABLE');
    await create('BACKWARD', v1, 'last');
    const id = { RegistryName: 'mesh', SchemaName: 'last' };
    for (const definition of [v2, later]) {
      const version = await glue.send(
        new RegisterSchemaVersionCommand({ SchemaId: id, SchemaDefinition: definition }),
      );
      pass(1000);
      expect((await byId(version.SchemaVersionId)).Status).toBe('AVAILABLE');
    }
  });

  it('is at once AVAILABLE where nothing is checked, and refused where versions are disabled', async () => {
    await create('NONE');
    expect(await register(incompatible)).toMatchObject({ Status: 'AVAILABLE' });
    await create('DISABLED', v1, 'fixed');
    const fixed = { RegistryName: 'mesh', SchemaName: 'fixed' };
    await expect(
      glue.send(new RegisterSchemaVersionCommand({ SchemaId: fixed, SchemaDefinition: v2 })),
    ).rejects.toMatchObject(
      refusal('InvalidInputException', 'Compatibility DISABLED does not allow versioning.'),
    );
  });

  it('is refused above the quota', async () => {
    await create('NONE');
    for (let i = 0; i < 7; i++) await register(record({ name: `f${i}`, type: 'int' }));
    await expect(register(record({ name: 'last', type: 'int' }))).rejects.toMatchObject(
      refusal('ResourceNumberLimitExceededException', 'More schema versions cannot be created.'),
    );
  });

  it('keeps the schema from being changed while it is checked', async () => {
    await create();
    await register(v2);
    const pending = refusal('ConcurrentModificationException', 'Version 2 is PENDING');
    await expect(glue.send(new DeleteSchemaCommand({ SchemaId: schemaId }))).rejects.toMatchObject(pending);
    await expect(
      glue.send(new UpdateSchemaCommand({ SchemaId: schemaId, Description: 'x' })),
    ).rejects.toMatchObject(pending);
    pass(1000);
    await expect(glue.send(new DeleteSchemaCommand({ SchemaId: schemaId }))).resolves.toBeDefined();
  });
});

describe('the double', () => {
  it('has all of it after a restart, with what was pending decided by the clock', async () => {
    const created = await create();
    const { SchemaVersionId: second } = await register(v2);
    await create('NONE', v1, 'gone');
    await glue.send(new DeleteSchemaCommand({ SchemaId: { RegistryName: 'mesh', SchemaName: 'gone' } }));
    await stop();
    await start();
    expect(await byId(created.SchemaVersionId)).toMatchObject({ SchemaDefinition: v1, Status: 'AVAILABLE' });
    expect(await byId(second)).toMatchObject({ Status: 'PENDING' });
    pass(1000);
    expect(await byId(second)).toMatchObject({ Status: 'AVAILABLE' });
    expect(await register(v2)).toMatchObject({ SchemaVersionId: second, VersionNumber: 2 });
    expect(await register(v3)).toMatchObject({ VersionNumber: 3 });
    expect((await glue.send(new ListSchemasCommand({}))).Schemas).toHaveLength(1);
  });

  it('takes another time of being PENDING', async () => {
    await create();
    expect(await admin(doublesUrl(), 'glue/pending', { ms: 0 })).toMatchObject({ status: 200 });
    expect(await register(v2)).toMatchObject({ Status: 'AVAILABLE' });
    expect(await admin(doublesUrl(), 'glue/pending', { ms: 'long' })).toMatchObject({ status: 500 });
  });
});
