import {
  CheckSchemaVersionValidityCommand,
  CreateRegistryCommand,
  CreateSchemaCommand,
  DeleteRegistryCommand,
  DeleteSchemaCommand,
  DeleteSchemaVersionsCommand,
  GetRegistryCommand,
  GetSchemaByDefinitionCommand,
  GetSchemaCommand,
  GetSchemaVersionCommand,
  GetSchemaVersionsDiffCommand,
  GlueClient,
  ListRegistriesCommand,
  ListSchemaVersionsCommand,
  ListSchemasCommand,
  RegisterSchemaVersionCommand,
  UpdateRegistryCommand,
  UpdateSchemaCommand,
  paginateListSchemaVersions,
  type Compatibility,
} from '@aws-sdk/client-glue';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { admin, sdkConfig, serve, testOptions } from '../../test/serve.js';
import type { DoublesServer } from '../framework/server.js';
import { memoryJournals } from '../journal/memory-journals.js';
import { glueDouble } from './double.js';

const record = (...fields: object[]): string =>
  JSON.stringify({
    type: 'record',
    name: 'Event',
    namespace: 'music',
    fields: [{ name: 'id', type: 'string' }, ...fields],
  });
const v1 = record();
const v2 = record({ name: 'note', type: 'string', default: '' });
const v3 = record({ name: 'note', type: 'string', default: '' }, { name: 'stars', type: 'int', default: 0 });
const incompatible = record({ name: 'note', type: 'string' });

let journals = memoryJournals();
let clock = 1_700_000_000_000;
let server: DoublesServer;
let glue: GlueClient;

async function start(): Promise<void> {
  const options = testOptions({ journals, now: () => clock });
  const settings = { pendingMs: 1000, limits: { registries: 3, schemaVersions: 8 } };
  server = await serve([glueDouble(options, settings)], { now: () => clock });
  glue = new GlueClient(sdkConfig(server.url));
}

async function stop(): Promise<void> {
  glue.destroy();
  await server.close();
}

beforeEach(async () => {
  journals = memoryJournals();
  await start();
  await glue.send(
    new CreateRegistryCommand({ RegistryName: 'mesh', Description: 'all of it', Tags: { team: 'm' } }),
  );
});

afterEach(stop);

const schemaId = { RegistryName: 'mesh', SchemaName: 'music.event' };
const create = (compatibility: Compatibility = 'BACKWARD_ALL', definition = v1, name = 'music.event') =>
  glue.send(
    new CreateSchemaCommand({
      RegistryId: { RegistryName: 'mesh' },
      SchemaName: name,
      DataFormat: 'AVRO',
      Compatibility: compatibility,
      SchemaDefinition: definition,
    }),
  );
const register = (definition: string) =>
  glue.send(new RegisterSchemaVersionCommand({ SchemaId: schemaId, SchemaDefinition: definition }));
const byId = (id: string | undefined) => glue.send(new GetSchemaVersionCommand({ SchemaVersionId: id }));
const byNumber = (number: number) =>
  glue.send(
    new GetSchemaVersionCommand({ SchemaId: schemaId, SchemaVersionNumber: { VersionNumber: number } }),
  );
const latest = () =>
  glue.send(
    new GetSchemaVersionCommand({ SchemaId: schemaId, SchemaVersionNumber: { LatestVersion: true } }),
  );
const byDefinition = (definition: string, id: object = schemaId) =>
  glue.send(new GetSchemaByDefinitionCommand({ SchemaId: id, SchemaDefinition: definition }));
/** Registers and lets the check come to its end. */
async function registerAndWait(definition: string): Promise<string | undefined> {
  const { SchemaVersionId: id } = await register(definition);
  clock += 1000;
  return (await byId(id)).Status;
}
const refusal = (name: string, message: string) => ({
  name,
  message: expect.stringContaining(message) as unknown,
});

describe('a registry', () => {
  it('is created, described, changed, listed and deleted', async () => {
    const id = { RegistryName: 'mesh' };
    const arn = 'arn:aws:glue:eu-west-1:123456789012:registry/mesh';
    expect(await glue.send(new GetRegistryCommand({ RegistryId: id }))).toMatchObject({
      RegistryName: 'mesh',
      RegistryArn: arn,
      Description: 'all of it',
      Status: 'AVAILABLE',
      CreatedTime: new Date(clock).toISOString(),
    });
    clock += 5000;
    await glue.send(new UpdateRegistryCommand({ RegistryId: { RegistryArn: arn }, Description: 'more' }));
    const { Registries } = await glue.send(new ListRegistriesCommand({}));
    expect(Registries).toMatchObject([{ Description: 'more', UpdatedTime: new Date(clock).toISOString() }]);
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

describe('a new version', () => {
  it('is PENDING while it is checked, then AVAILABLE and the latest', async () => {
    await create();
    const registered = await register(v2);
    expect(registered).toMatchObject({ VersionNumber: 2, Status: 'PENDING' });
    expect(await byId(registered.SchemaVersionId)).toMatchObject({ Status: 'PENDING', SchemaDefinition: v2 });
    expect(await byDefinition(v2)).toMatchObject({ Status: 'PENDING' });
    expect(await latest()).toMatchObject({ VersionNumber: 1 });
    clock += 999;
    expect(await byNumber(2)).toMatchObject({ Status: 'PENDING' });
    clock += 1;
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
    clock += 1000;
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
    clock += 1000;
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
      clock += 1000;
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
    clock += 1000;
    await expect(glue.send(new DeleteSchemaCommand({ SchemaId: schemaId }))).resolves.toBeDefined();
  });
});

describe('looking up', () => {
  it('tells a missing version from a missing schema by the message', async () => {
    await expect(byDefinition(v1)).rejects.toMatchObject(
      refusal(
        'EntityNotFoundException',
        'Schema is not found. RegistryName: mesh, SchemaName: music.event, SchemaArn: null',
      ),
    );
    await create();
    await expect(byDefinition(v2)).rejects.toMatchObject(
      refusal(
        'EntityNotFoundException',
        'Schema version is not found. RegistryName: mesh, SchemaName: music.event',
      ),
    );
    await expect(byNumber(9)).rejects.toMatchObject(
      refusal('EntityNotFoundException', 'Schema version is not found. RegistryName: mesh'),
    );
    const unknown = '00000000-0000-0000-0000-000000000000';
    await expect(byId(unknown)).rejects.toMatchObject(
      refusal('EntityNotFoundException', `Schema version is not found. SchemaVersionId: ${unknown}`),
    );
  });

  it.each<[object, string]>([
    [{}, 'At least one of (registryName and schemaName) or schemaArn has to be provided.'],
    [{ SchemaId: schemaId }, 'One of version number (or) latest version is required.'],
    [
      { SchemaId: schemaId, SchemaVersionNumber: { VersionNumber: 1, LatestVersion: true } },
      'Only one of VersionNumber or LatestVersion is required.',
    ],
    [
      { SchemaVersionId: '00000000-0000-0000-0000-000000000000', SchemaId: schemaId },
      'No other input parameters can be specified when fetching by SchemaVersionId.',
    ],
    [
      { SchemaId: { ...schemaId, SchemaArn: 'arn:aws:glue:x' }, SchemaVersionNumber: { VersionNumber: 1 } },
      'One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided.',
    ],
    [{ SchemaVersionId: 'NOT-A-UUID' }, 'Parameter Name: schemaVersionId'],
    [{ SchemaId: schemaId, SchemaVersionNumber: { VersionNumber: 0 } }, 'greater than or equal to 1'],
  ])('refuses %j', async (input, message) => {
    await create();
    await expect(glue.send(new GetSchemaVersionCommand(input))).rejects.toMatchObject(
      refusal('InvalidInputException', message),
    );
  });

  it('lists versions in pages', async () => {
    await create('NONE');
    await register(v2);
    await register(v3);
    const numbers: (number | undefined)[] = [];
    for await (const { Schemas } of paginateListSchemaVersions(
      { client: glue, pageSize: 2 },
      { SchemaId: schemaId },
    )) {
      numbers.push(...(Schemas ?? []).map(({ VersionNumber }) => VersionNumber));
    }
    expect(numbers).toEqual([1, 2, 3]);
    await expect(
      glue.send(new ListSchemaVersionsCommand({ SchemaId: schemaId, MaxResults: 101 })),
    ).rejects.toMatchObject({ name: 'InvalidInputException' });
  });

  it('checks definitions without storing them', async () => {
    const check = (definition: string) =>
      glue.send(new CheckSchemaVersionValidityCommand({ DataFormat: 'AVRO', SchemaDefinition: definition }));
    expect(await check(v1)).toMatchObject({ Valid: true });
    expect(await check('{"type":"enum","name":"E","symbols":["A","A"]}')).toMatchObject({
      Valid: false,
      Error: expect.stringContaining('duplicate'),
    });
  });

  it('shows what changed between versions as a JSON patch', async () => {
    await create();
    await registerAndWait(v2);
    const { Diff } = await glue.send(
      new GetSchemaVersionsDiffCommand({
        SchemaId: schemaId,
        FirstSchemaVersionNumber: { VersionNumber: 1 },
        SecondSchemaVersionNumber: { LatestVersion: true },
        SchemaDiffType: 'SYNTAX_DIFF',
      }),
    );
    expect(JSON.parse(Diff ?? '')).toEqual([
      { op: 'add', path: '/fields/-', value: { name: 'note', type: 'string', default: '' } },
    ]);
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
    clock += 1000;
    expect(await byId(second)).toMatchObject({ Status: 'AVAILABLE' });
    expect(await register(v2)).toMatchObject({ SchemaVersionId: second, VersionNumber: 2 });
    expect(await register(v3)).toMatchObject({ VersionNumber: 3 });
    expect((await glue.send(new ListSchemasCommand({}))).Schemas).toHaveLength(1);
  });

  it('takes another time of being PENDING', async () => {
    await create();
    expect(await admin(server.url, 'glue/pending', { ms: 0 })).toMatchObject({ status: 200 });
    expect(await register(v2)).toMatchObject({ Status: 'AVAILABLE' });
    expect(await admin(server.url, 'glue/pending', { ms: 'long' })).toMatchObject({ status: 500 });
  });
});
