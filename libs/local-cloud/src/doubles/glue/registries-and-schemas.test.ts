import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  DeleteRegistryCommand,
  DeleteSchemaCommand,
  DeleteSchemaVersionsCommand,
  GetRegistryCommand,
  GetSchemaCommand,
  ListRegistriesCommand,
  ListSchemasCommand,
  UpdateRegistryCommand,
  UpdateSchemaCommand,
  type Compatibility,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from '@jest/globals';
import {
  byDefinition,
  byId,
  byNumber,
  create,
  glue,
  incompatible,
  now,
  pass,
  refusal,
  register,
  registerAndWait,
  schemaId,
  v1,
  v2,
  v3,
  withRegistry,
} from '../../test/glue-registry.js';

withRegistry();

describe('a registry', () => {
  it('is created, described, changed, listed and deleted', async () => {
    const id = { RegistryName: 'mesh' };
    const arn = 'arn:aws:glue:eu-west-1:123456789012:registry/mesh';
    expect(await glue.send(new GetRegistryCommand({ RegistryId: id }))).toMatchObject({
      RegistryName: 'mesh',
      RegistryArn: arn,
      Description: 'all of it',
      Status: 'AVAILABLE',
      CreatedTime: new Date(now()).toISOString(),
    });
    pass(5000);
    await glue.send(new UpdateRegistryCommand({ RegistryId: { RegistryArn: arn }, Description: 'more' }));
    const { Registries } = await glue.send(new ListRegistriesCommand({}));
    expect(Registries).toMatchObject([{ Description: 'more', UpdatedTime: new Date(now()).toISOString() }]);
    const { SchemaVersionId: version } = await create();
    expect(await glue.send(new DeleteRegistryCommand({ RegistryId: id }))).toMatchObject({
      Status: 'DELETING',
    });
    await expect(glue.send(new GetRegistryCommand({ RegistryId: id }))).rejects.toMatchObject(
      refusal('EntityNotFoundException', 'Registry is not found. RegistryName: mesh'),
    );
    await expect(
      glue.send(new GetRegistryCommand({ RegistryId: { RegistryArn: arn } })),
    ).rejects.toMatchObject(refusal('EntityNotFoundException', `Registry is not found. RegistryArn: ${arn}`));
    await expect(byId(version)).rejects.toMatchObject(
      refusal('EntityNotFoundException', 'Schema version is not'),
    );
  });

  it('is refused twice, above the quota, and with a name that is none', async () => {
    const make = (name: string) => glue.send(new CreateRegistryCommand({ RegistryName: name }));
    await expect(make('mesh')).rejects.toMatchObject(
      refusal('AlreadyExistsException', 'Registry already exists. RegistryName: mesh'),
    );
    await expect(make('my mesh')).rejects.toMatchObject(
      refusal('InvalidInputException', 'characters that are not valid. Parameter Name: registryName'),
    );
    await expect(make('n'.repeat(256))).rejects.toMatchObject(
      refusal('InvalidInputException', 'too many or too few characters. Parameter Name: registryName'),
    );
    await make('n'.repeat(255));
    await make('three');
    await expect(make('four')).rejects.toMatchObject(
      refusal('ResourceNumberLimitExceededException', 'More registries cannot be created'),
    );
  });

  it('is the default one where none is named', async () => {
    const created = await glue.send(
      new CreateSchemaCommand({ SchemaName: 's', DataFormat: 'AVRO', SchemaDefinition: v1 }),
    );
    expect(created).toMatchObject({ RegistryName: 'default-registry', Compatibility: 'BACKWARD' });
    expect(await byDefinition(v1, { SchemaName: 's' })).toMatchObject({
      SchemaVersionId: created.SchemaVersionId,
    });
  });
});

describe('a schema', () => {
  it('is created with its first version available', async () => {
    const created = await create();
    const arn = 'arn:aws:glue:eu-west-1:123456789012:schema/mesh/music.event';
    expect(created).toMatchObject({
      SchemaArn: arn,
      SchemaCheckpoint: 1,
      LatestSchemaVersion: 1,
      NextSchemaVersion: 2,
      SchemaVersionStatus: 'AVAILABLE',
    });
    expect(created.SchemaVersionId).toMatch(/^[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}$/);
    expect(await glue.send(new GetSchemaCommand({ SchemaId: { SchemaArn: arn } }))).toMatchObject({
      SchemaName: 'music.event',
      RegistryName: 'mesh',
      DataFormat: 'AVRO',
      Compatibility: 'BACKWARD_ALL',
      LatestSchemaVersion: 1,
      SchemaStatus: 'AVAILABLE',
    });
    expect(await byId(created.SchemaVersionId)).toMatchObject({ SchemaDefinition: v1, VersionNumber: 1 });
  });

  it.each<[string, object, string, string]>([
    ['without a definition', { SchemaDefinition: undefined }, 'InvalidInputException', 'has to be provided'],
    [
      'in an unknown registry',
      { RegistryId: { RegistryName: 'x' } },
      'EntityNotFoundException',
      'Registry is not',
    ],
    [
      'in two registries',
      { RegistryId: { RegistryName: 'x', RegistryArn: 'arn:aws:glue:x' } },
      'InvalidInputException',
      'both',
    ],
    [
      'with an unknown mode',
      { Compatibility: 'SOME' },
      'InvalidInputException',
      'Compatibility is not valid.',
    ],
    ['with an unknown format', { DataFormat: 'XML' }, 'InvalidInputException', 'Data format is not valid.'],
    [
      'with no JSON',
      { SchemaDefinition: '{' },
      'InvalidInputException',
      'Schema definition of AVRO data format is',
    ],
    [
      'with no Avro',
      { SchemaDefinition: '{"type":"tune"}' },
      'InvalidInputException',
      'unknown type: "tune"',
    ],
    [
      'with a record without a name',
      { SchemaDefinition: '{"type":"record","fields":[]}' },
      'InvalidInputException',
      'is invalid',
    ],
    ['of a spaced name', { SchemaName: 'a b' }, 'InvalidInputException', 'Parameter Name: schemaName'],
    [
      'with a blank definition',
      { SchemaDefinition: '  ' },
      'InvalidInputException',
      'Parameter Name: schemaDefinition',
    ],
  ])('is refused %s', async (_, override, name, message) => {
    const input = {
      RegistryId: { RegistryName: 'mesh' },
      SchemaName: 's',
      DataFormat: 'AVRO',
      SchemaDefinition: v1,
    };
    const command = new CreateSchemaCommand({ ...input, ...override } as never);
    await expect(glue.send(command)).rejects.toMatchObject(refusal(name, message));
  });

  it('takes a definition of 170,000 characters on many lines and no more', async () => {
    const padded = (length: number): string => {
      const pretty = JSON.stringify(JSON.parse(v1), null, 2);
      return pretty + '\n'.repeat(length - pretty.length);
    };
    await expect(create('BACKWARD', padded(170_001))).rejects.toMatchObject(
      refusal('InvalidInputException', 'too many or too few characters. Parameter Name: schemaDefinition'),
    );
    await expect(create('BACKWARD', padded(170_000))).resolves.toMatchObject({ LatestSchemaVersion: 1 });
  });

  it('is refused twice, and listed by registry', async () => {
    await create();
    await expect(create()).rejects.toMatchObject(
      refusal('AlreadyExistsException', 'Schema already exists. SchemaName: music.event'),
    );
    await create('NONE', v1, 'second');
    const list = (input: object) => glue.send(new ListSchemasCommand(input));
    const inMesh = { RegistryId: { RegistryName: 'mesh' } };
    const first = await list({ ...inMesh, MaxResults: 1 });
    expect(first.Schemas).toMatchObject([{ SchemaName: 'music.event' }]);
    const rest = await list({ ...inMesh, MaxResults: 1, NextToken: first.NextToken });
    expect(rest.Schemas).toMatchObject([{ SchemaName: 'second' }]);
    expect(rest.NextToken).toBeUndefined();
    expect((await list({})).Schemas).toHaveLength(2);
    await expect(list({ NextToken: 'junk' })).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('is deleted with its versions, and its name is free again', async () => {
    const { SchemaVersionId: id } = await create();
    expect(await glue.send(new DeleteSchemaCommand({ SchemaId: schemaId }))).toMatchObject({
      Status: 'DELETING',
    });
    await expect(byId(id)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    await expect(create()).resolves.toMatchObject({ LatestSchemaVersion: 1 });
  });

  it('of another format than Avro is not let through a check that there is not', async () => {
    const json = (compatibility: Compatibility) =>
      glue.send(
        new CreateSchemaCommand({
          SchemaName: 'j',
          DataFormat: 'JSON',
          Compatibility: compatibility,
          SchemaDefinition: '{"type":"object"}',
        }),
      );
    await expect(json('BACKWARD')).rejects.toMatchObject(
      refusal('UnsupportedOperation', 'compatibility of AVRO only'),
    );
    await expect(json('NONE')).resolves.toMatchObject({ DataFormat: 'JSON' });
  });
});

describe('changing a schema', () => {
  const update = (input: object) => glue.send(new UpdateSchemaCommand({ SchemaId: schemaId, ...input }));

  it('needs a checkpoint for a mode, and a version that did not fail for a checkpoint', async () => {
    await create();
    await registerAndWait(incompatible);
    await expect(update({})).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(update({ Compatibility: 'FULL' })).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(update({ SchemaVersionNumber: { VersionNumber: 2 } })).rejects.toMatchObject(
      refusal('InvalidInputException', 'FAILURE'),
    );
    await update({ Compatibility: 'FULL', SchemaVersionNumber: { LatestVersion: true }, Description: 'd' });
    expect(await glue.send(new GetSchemaCommand({ SchemaId: schemaId }))).toMatchObject({
      Compatibility: 'FULL',
      SchemaCheckpoint: 1,
      Description: 'd',
    });
  });

  it('deletes versions, but not the first, the checkpoint or what is not there', async () => {
    await create('NONE');
    for (const definition of [v2, v3, incompatible]) await register(definition);
    const remove = (versions: string) =>
      glue.send(new DeleteSchemaVersionsCommand({ SchemaId: schemaId, Versions: versions }));
    await update({ SchemaVersionNumber: { VersionNumber: 4 } });
    await expect(remove('3-4')).rejects.toMatchObject(
      refusal('ConcurrentModificationException', 'Version 4 is the checkpoint'),
    );
    expect((await remove('1-2')).SchemaVersionErrors).toMatchObject([
      { VersionNumber: 1, ErrorDetails: { ErrorCode: 'InvalidInputException' } },
    ]);
    await expect(byNumber(2)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    expect((await remove('2')).SchemaVersionErrors).toMatchObject([
      { VersionNumber: 2, ErrorDetails: { ErrorCode: 'EntityNotFoundException' } },
    ]);
    expect((await remove('9')).SchemaVersionErrors).toMatchObject([{ VersionNumber: 9 }]);
    await expect(remove('3-2')).rejects.toMatchObject({ name: 'InvalidInputException' });
    await expect(remove('all')).rejects.toMatchObject({ name: 'InvalidInputException' });
    // A number is not used twice.
    expect(await register(v2)).toMatchObject({ VersionNumber: 5 });
  });
});
