import {
  AcceptSubscriptionRequestCommand,
  CancelSubscriptionCommand,
  CreateAssetCommand,
  CreateListingChangeSetCommand,
  CreateSubscriptionRequestCommand,
  GetSubscriptionCommand,
  GetSubscriptionRequestDetailsCommand,
  ListSubscriptionRequestsCommand,
  ListSubscriptionsCommand,
  RejectSubscriptionRequestCommand,
  RevokeSubscriptionCommand,
  type DataZoneClient,
} from '@aws-sdk/client-datazone';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createDomain,
  createProject,
  createTopicType,
  startDataZone,
  type DataZoneServer,
} from '../../../test/datazone.js';

let server: DataZoneServer;
let client: DataZoneClient;
let domain: string;
let owner: string;
let consumer: string;
let listing: string;

beforeEach(async () => {
  server = await startDataZone();
  ({ client } = server);
  domain = await createDomain(client);
  owner = await createProject(client, domain, 'interactions');
  consumer = await createProject(client, domain, 'analytics');
  await createTopicType(client, domain, owner);
  const { id } = await client.send(
    new CreateAssetCommand({
      domainIdentifier: domain,
      owningProjectIdentifier: owner,
      name: 'plays',
      typeIdentifier: 'KafkaTopic',
      formsInput: [{ formName: 'KafkaTopicForm', content: '{"topic":"plays"}' }],
    }),
  );
  const published = await client.send(
    new CreateListingChangeSetCommand({
      domainIdentifier: domain,
      entityIdentifier: id,
      entityType: 'ASSET',
      action: 'PUBLISH',
    }),
  );
  listing = published.listingId ?? '';
});

afterEach(() => server.close());

const request = (more: object = {}) =>
  client.send(
    new CreateSubscriptionRequestCommand({
      domainIdentifier: domain,
      requestReason: 'to count plays',
      subscribedPrincipals: [{ project: { identifier: consumer } }],
      subscribedListings: [{ identifier: listing }],
      ...more,
    }),
  );
const of = (identifier: string | undefined) => ({ domainIdentifier: domain, identifier });

describe('a subscription request', () => {
  it('is pending until it is accepted, and a subscription then', async () => {
    const created = await request({ clientToken: 'a' });
    expect(created).toMatchObject({
      status: 'PENDING',
      subscribedPrincipals: [{ project: { id: consumer, name: 'analytics' } }],
      subscribedListings: [{ id: listing, name: 'plays', ownerProjectId: owner }],
    });
    expect((await request({ clientToken: 'a' })).id).toBe(created.id);
    await expect(request()).rejects.toMatchObject({ name: 'ConflictException' });
    const pending = await client.send(
      new ListSubscriptionRequestsCommand({
        domainIdentifier: domain,
        status: 'PENDING',
        approverProjectId: owner,
      }),
    );
    expect(pending.items?.map(({ id }) => id)).toEqual([created.id]);

    const accepted = await client.send(
      new AcceptSubscriptionRequestCommand({ ...of(created.id), decisionComment: 'welcome' }),
    );
    expect(accepted).toMatchObject({ status: 'ACCEPTED', decisionComment: 'welcome' });
    await expect(client.send(new RejectSubscriptionRequestCommand(of(created.id)))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    const { items } = await client.send(
      new ListSubscriptionsCommand({ domainIdentifier: domain, owningProjectId: consumer }),
    );
    expect(items).toMatchObject([{ status: 'APPROVED', subscriptionRequestId: created.id }]);
    await expect(request()).rejects.toMatchObject({ name: 'ConflictException' });

    const revoked = await client.send(new RevokeSubscriptionCommand(of(items?.[0]?.id)));
    expect(revoked.status).toBe('REVOKED');
    await expect(client.send(new CancelSubscriptionCommand(of(revoked.id)))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    expect((await client.send(new GetSubscriptionCommand(of(revoked.id)))).status).toBe('REVOKED');
    expect((await request()).status).toBe('PENDING');
  });

  it('can be rejected, and asked again', async () => {
    const { id } = await request();
    await client.send(new RejectSubscriptionRequestCommand({ ...of(id), decisionComment: 'no' }));
    expect(await client.send(new GetSubscriptionRequestDetailsCommand(of(id)))).toMatchObject({
      status: 'REJECTED',
      decisionComment: 'no',
    });
    expect((await client.send(new ListSubscriptionsCommand({ domainIdentifier: domain }))).items).toEqual([]);
    await request();
  });

  it.each([
    [
      'two principals',
      () => ({ subscribedPrincipals: [0, 1].map(() => ({ project: { identifier: consumer } })) }),
    ],
    ['no principal', () => ({ subscribedPrincipals: [] })],
    ['two listings', () => ({ subscribedListings: [{ identifier: listing }, { identifier: listing }] })],
    ['the owner as principal', () => ({ subscribedPrincipals: [{ project: { identifier: owner } }] })],
  ])('is refused with %s', async (_, more) => {
    await expect(request(more())).rejects.toMatchObject({
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('needs a listing that exists', async () => {
    await expect(request({ subscribedListings: [{ identifier: 'nothing' }] })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
