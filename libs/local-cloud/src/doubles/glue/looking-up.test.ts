import {
  CheckSchemaVersionValidityCommand,
  GetSchemaVersionCommand,
  GetSchemaVersionsDiffCommand,
  ListSchemaVersionsCommand,
  paginateListSchemaVersions,
} from '@aws-sdk/client-glue';
import { describe, expect, it } from '@jest/globals';
import {
  byDefinition,
  byId,
  byNumber,
  create,
  glue,
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
