import {
  CreateAssetCommand,
  CreateAssetRevisionCommand,
  CreateAssetTypeCommand,
  CreateFormTypeCommand,
  CreateListingChangeSetCommand,
  DeleteAssetCommand,
  GetAssetCommand,
  GetAssetTypeCommand,
  GetFormTypeCommand,
  GetListingCommand,
  ListAssetRevisionsCommand,
  SearchCommand,
  SearchListingsCommand,
  type DataZoneClient,
} from '@aws-sdk/client-datazone';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createDomain,
  createProject,
  createTopicType,
  startDataZone,
  topicModel,
  type DataZoneServer,
} from '../../../test/datazone.js';
import { admin } from '../../../test/serve.js';

let server: DataZoneServer;
let client: DataZoneClient;
let domain: string;
let project: string;

beforeEach(async () => {
  server = await startDataZone();
  ({ client } = server);
  domain = await createDomain(client);
  project = await createProject(client, domain, 'interactions');
  await createTopicType(client, domain, project);
});

afterEach(() => server.close());

const form = (content: object) => [{ formName: 'KafkaTopicForm', content: JSON.stringify(content) }];
const createAsset = (topic: string, more: object = {}) =>
  client.send(
    new CreateAssetCommand({
      domainIdentifier: domain,
      owningProjectIdentifier: project,
      name: topic,
      typeIdentifier: 'KafkaTopic',
      externalIdentifier: `kafka://music/${topic}`,
      formsInput: form({ topic, partitions: 4 }),
      ...more,
    }),
  );
const revise = (identifier: string | undefined, partitions: number, more: object = {}) =>
  client.send(
    new CreateAssetRevisionCommand({
      domainIdentifier: domain,
      identifier,
      name: 'plays',
      formsInput: form({ topic: 'plays', partitions }),
      ...more,
    }),
  );

describe('custom types', () => {
  it('are there once: a name that is taken is a conflict', async () => {
    await expect(createTopicType(client, domain, project)).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await expect(
      client.send(
        new CreateAssetTypeCommand({
          domainIdentifier: domain,
          name: 'KafkaTopic',
          owningProjectIdentifier: project,
          formsInput: {},
        }),
      ),
    ).rejects.toMatchObject({ name: 'ConflictException' });
    const formType = await client.send(
      new GetFormTypeCommand({ domainIdentifier: domain, formTypeIdentifier: 'KafkaTopicForm' }),
    );
    expect(formType).toMatchObject({ revision: '1', model: { smithy: topicModel } });
    const assetType = await client.send(
      new GetAssetTypeCommand({ domainIdentifier: domain, identifier: 'KafkaTopic' }),
    );
    expect(assetType.formsOutput).toEqual({
      KafkaTopicForm: { typeName: 'KafkaTopicForm', typeRevision: '1', required: true },
    });
  });

  it.each([
    ['no Smithy', 'record X {}', 'not one Smithy structure'],
    ['a structure of another name', 'structure Y { a: String }', 'is named Y'],
    ['a type that forms do not have', 'structure X { a: Blob }', 'not valid at: a: Blob'],
  ])('refuse %s', async (_, smithy, message) => {
    const create = new CreateFormTypeCommand({
      domainIdentifier: domain,
      name: 'X',
      owningProjectIdentifier: project,
      model: { smithy },
    });
    await expect(client.send(create)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message) as unknown,
    });
  });
});

describe('assets', () => {
  it('have revisions that count from 1, one of a client token', async () => {
    const created = await createAsset('plays', { clientToken: 'create' });
    expect(created).toMatchObject({ revision: '1', typeRevision: '1', name: 'plays' });
    expect((await createAsset('plays', { clientToken: 'create' })).id).toBe(created.id);
    const second = await revise(created.id, 8, { clientToken: 'two' });
    expect(second.revision).toBe('2');
    expect(await revise(created.id, 8, { clientToken: 'two' })).toMatchObject({ revision: '2' });
    const { items } = await client.send(
      new ListAssetRevisionsCommand({ domainIdentifier: domain, identifier: created.id }),
    );
    expect(items?.map(({ revision }) => revision)).toEqual(['2', '1']);
    const get = (revision?: string) =>
      client.send(new GetAssetCommand({ domainIdentifier: domain, identifier: created.id, revision }));
    expect((await get()).formsOutput?.[0]?.content).toBe('{"topic":"plays","partitions":8}');
    expect((await get('1')).formsOutput?.[0]?.content).toBe('{"topic":"plays","partitions":4}');
    await expect(get('3')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('have an external identifier that is theirs alone', async () => {
    await createAsset('plays');
    await expect(createAsset('plays')).rejects.toMatchObject({ name: 'ConflictException' });
  });

  it.each([
    ['without a required form', { formsInput: [] }, 'needs the form KafkaTopicForm'],
    ['without a required field', { formsInput: form({ partitions: 1 }) }, 'field "topic" is missing'],
    ['with a field too many', { formsInput: form({ topic: 'x', a: 1 }) }, 'field "a" is not in'],
    ['with a field of another type', { formsInput: form({ topic: 1 }) }, '"topic" must be a String'],
  ])('are refused %s', async (_, more, message) => {
    await expect(createAsset('plays', more)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('are found by text, project and filter, and late where search lags', async () => {
    const other = await createProject(client, domain, 'songs');
    await createAsset('plays', { description: 'what was played' });
    await createAsset('skips', { owningProjectIdentifier: other });
    const search = async (input: object) => {
      const { items } = await client.send(
        new SearchCommand({ domainIdentifier: domain, searchScope: 'ASSET', ...input }),
      );
      return items?.map(({ assetItem }) => assetItem?.name);
    };
    expect(await search({})).toEqual(['plays', 'skips']);
    expect(await search({ searchText: 'PLAYED' })).toEqual(['plays']);
    expect(await search({ owningProjectIdentifier: other })).toEqual(['skips']);
    const filter = { attribute: 'externalIdentifier', value: 'kafka://music/skips' };
    expect(await search({ filters: { and: [{ filter }] } })).toEqual(['skips']);
    await admin(server.url, 'datazone/search-lag', { ms: 60_000 });
    expect(await search({})).toEqual([]);
  });
});

describe('listings', () => {
  it('are one of an asset, with a revision each time it is published', async () => {
    const { id } = await createAsset('plays');
    const change = (action: 'PUBLISH' | 'UNPUBLISH', more: object = {}) =>
      client.send(
        new CreateListingChangeSetCommand({
          domainIdentifier: domain,
          entityIdentifier: id,
          entityType: 'ASSET',
          action,
          ...more,
        }),
      );
    const first = await change('PUBLISH', { clientToken: 'p1' });
    expect(first).toMatchObject({ listingRevision: '1', status: 'ACTIVE' });
    expect((await change('PUBLISH', { clientToken: 'p1' })).listingRevision).toBe('1');
    await revise(id, 8);
    const second = await change('PUBLISH');
    expect(second).toMatchObject({ listingId: first.listingId, listingRevision: '2' });
    const listing = await client.send(
      new GetListingCommand({ domainIdentifier: domain, identifier: first.listingId }),
    );
    expect(listing.item?.assetListing).toMatchObject({
      assetId: id,
      assetRevision: '2',
      forms: '{"KafkaTopicForm":{"topic":"plays","partitions":8}}',
    });
    const remove = () => client.send(new DeleteAssetCommand({ domainIdentifier: domain, identifier: id }));
    await expect(remove()).rejects.toMatchObject({ name: 'ConflictException' });
    await change('UNPUBLISH');
    await expect(change('UNPUBLISH')).rejects.toMatchObject({ name: 'ConflictException' });
    const found = await client.send(new SearchListingsCommand({ domainIdentifier: domain }));
    expect(found).toMatchObject({ items: [], totalMatchCount: 0 });
    await remove();
  });
});
