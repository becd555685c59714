import {
  CreateDomainCommand,
  CreateEnvironmentCommand,
  CreateEnvironmentProfileCommand,
  CreateProjectCommand,
  type DataZoneClient,
  GetDomainCommand,
  GetEnvironmentBlueprintConfigurationCommand,
  GetEnvironmentCommand,
  GetProjectCommand,
  ListDomainsCommand,
  ListEnvironmentBlueprintsCommand,
  ListEnvironmentProfilesCommand,
  ListEnvironmentsCommand,
  ListProjectsCommand,
} from '@aws-sdk/client-datazone';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createDomain,
  createEnvironment,
  createProject,
  enableDataLake,
  region,
  startDataZone,
  type DataZoneServer,
} from '../../../test/datazone.js';
import { eventually } from '../../../test/eventually.js';
import { admin } from '../../../test/serve.js';

let server: DataZoneServer;
let client: DataZoneClient;
let domain: string;

beforeEach(async () => {
  server = await startDataZone({ transitionMs: 0, maxProjects: 3 });
  ({ client } = server);
  domain = await createDomain(client);
});

afterEach(() => server.close());

describe('domains and projects', () => {
  it('makes one domain of a client token, however often it is asked', async () => {
    const input = {
      name: 'radio',
      domainExecutionRole: 'arn:aws:iam::123456789012:role/x',
      clientToken: 'token-1',
    };
    const first = await client.send(new CreateDomainCommand(input));
    const second = await client.send(new CreateDomainCommand(input));
    expect(second.id).toBe(first.id);
    const { items } = await client.send(new ListDomainsCommand({}));
    expect(items?.map(({ name }) => name)).toEqual(['music', 'radio']);
    expect(await client.send(new GetDomainCommand({ identifier: first.id }))).toMatchObject({
      status: 'AVAILABLE',
      name: 'radio',
    });
  });

  it('refuses a client token that was used for something else', async () => {
    const role = 'arn:aws:iam::123456789012:role/x';
    await client.send(new CreateDomainCommand({ name: 'a', domainExecutionRole: role, clientToken: 't' }));
    await expect(
      client.send(new CreateDomainCommand({ name: 'b', domainExecutionRole: role, clientToken: 't' })),
    ).rejects.toMatchObject({ name: 'ConflictException', $metadata: { httpStatusCode: 409 } });
  });

  it('answers 409 to a name taken, 402 beyond the quota, 404 to what does not exist, 400 to what is no id', async () => {
    const id = await createProject(client, domain, 'a');
    const create = (name: string) =>
      client.send(new CreateProjectCommand({ domainIdentifier: domain, name }));
    await expect(create('a')).rejects.toMatchObject({
      name: 'ConflictException',
      $metadata: { httpStatusCode: 409 },
    });
    await create('b');
    await create('c');
    await expect(create('d')).rejects.toMatchObject({
      name: 'ServiceQuotaExceededException',
      $metadata: { httpStatusCode: 402 },
    });
    const get = (identifier: string) =>
      client.send(new GetProjectCommand({ domainIdentifier: domain, identifier }));
    expect(await get(id)).toMatchObject({ name: 'a', projectStatus: 'ACTIVE', domainId: domain });
    await expect(get('nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(get('no id')).rejects.toMatchObject({
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('lists projects by name and page by page', async () => {
    for (const name of ['a', 'b', 'c']) await createProject(client, domain, name);
    const list = (input: object) =>
      client.send(new ListProjectsCommand({ domainIdentifier: domain, ...input }));
    expect((await list({ name: 'b' })).items).toHaveLength(1);
    const first = await list({ maxResults: 2 });
    const second = await list({ maxResults: 2, nextToken: first.nextToken });
    expect([...(first.items ?? []), ...(second.items ?? [])].map(({ name }) => name)).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(second.nextToken).toBeUndefined();
  });

  it.each([
    ['throttle', undefined, 'ThrottlingException', 429],
    ['error', 'InternalServerException', 'InternalServerException', 500],
    ['error', 'AccessDeniedException', 'AccessDeniedException', 403],
  ])('suffers an injected %s of %s', async (kind, code, name, httpStatusCode) => {
    await admin(server.url, 'faults', { service: 'datazone', kind, code });
    await expect(client.send(new ListDomainsCommand({}))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode },
    });
  });
});

describe('environments', () => {
  it('need a blueprint that is enabled in the region', async () => {
    const project = await createProject(client, domain, 'p');
    const { items } = await client.send(
      new ListEnvironmentBlueprintsCommand({ domainIdentifier: domain, name: 'DefaultDataLake' }),
    );
    const blueprint = items?.[0]?.id;
    const configuration = () =>
      client.send(
        new GetEnvironmentBlueprintConfigurationCommand({
          domainIdentifier: domain,
          environmentBlueprintIdentifier: blueprint,
        }),
      );
    await expect(configuration()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const profile = () =>
      client.send(
        new CreateEnvironmentProfileCommand({
          domainIdentifier: domain,
          name: 'lake',
          projectIdentifier: project,
          environmentBlueprintIdentifier: blueprint,
          awsAccountRegion: region,
        }),
      );
    await expect(profile()).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('not enabled in the region eu-west-1') as unknown,
    });
    await enableDataLake(client, domain);
    expect((await configuration()).enabledRegions).toEqual([region]);
    const { id } = await profile();
    await expect(profile()).rejects.toMatchObject({ name: 'ConflictException' });
    const { items: profiles } = await client.send(
      new ListEnvironmentProfilesCommand({ domainIdentifier: domain, projectIdentifier: project }),
    );
    expect(profiles?.map((one) => one.id)).toEqual([id]);
  });

  it('are CREATING, then ACTIVE, and one of a name', async () => {
    const project = await createProject(client, domain, 'p');
    const identifier = await createEnvironment(client, domain, project);
    await admin(server.url, 'datazone/transition', { ms: 150 });
    const blueprint = await enableDataLake(client, domain);
    const create = (name: string) =>
      client.send(
        new CreateEnvironmentCommand({
          domainIdentifier: domain,
          name,
          projectIdentifier: project,
          environmentBlueprintIdentifier: blueprint,
          environmentAccountIdentifier: '123456789012',
          environmentAccountRegion: region,
        }),
      );
    await expect(create('lake')).rejects.toMatchObject({ name: 'ConflictException' });
    const second = await create('pond');
    expect(second.status).toBe('CREATING');
    const active = await eventually(
      () => client.send(new GetEnvironmentCommand({ domainIdentifier: domain, identifier: second.id })),
      ({ status }) => status === 'ACTIVE',
    );
    expect(active.lastDeployment).toMatchObject({ deploymentStatus: 'SUCCESSFUL' });
    const { items } = await client.send(
      new ListEnvironmentsCommand({ domainIdentifier: domain, projectIdentifier: project }),
    );
    expect(items?.map(({ id }) => id)).toEqual([identifier, second.id]);
  });

  it('fail with a reason where asked to', async () => {
    const project = await createProject(client, domain, 'p');
    const blueprint = await enableDataLake(client, domain);
    await admin(server.url, 'datazone/fail', { kind: 'environment', message: 'no such bucket' });
    const { id } = await client.send(
      new CreateEnvironmentCommand({
        domainIdentifier: domain,
        name: 'lake',
        projectIdentifier: project,
        environmentBlueprintIdentifier: blueprint,
        environmentAccountRegion: region,
      }),
    );
    expect(
      await client.send(new GetEnvironmentCommand({ domainIdentifier: domain, identifier: id })),
    ).toMatchObject({
      status: 'CREATE_FAILED',
      lastDeployment: { deploymentStatus: 'FAILED', failureReason: { message: 'no such bucket' } },
    });
  });
});
