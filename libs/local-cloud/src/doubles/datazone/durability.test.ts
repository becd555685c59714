import {
  CreateAssetCommand,
  CreateSubscriptionRequestCommand,
  CreateListingChangeSetCommand,
  DataZoneClient,
  GetAssetCommand,
  ListSubscriptionRequestsCommand,
} from '@aws-sdk/client-datazone';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDomain, createProject, createTopicType } from '../../test/datazone.js';
import { startDoublesProcess, type DoublesProcess } from '../../test/doubles-process.js';
import { sdkConfig } from '../../test/serve.js';

let stateDir: string;
let running: DoublesProcess;
let client: DataZoneClient;

async function start(): Promise<void> {
  running = await startDoublesProcess({ DOUBLES_STATE_DIR: stateDir });
  client = new DataZoneClient(sdkConfig(running.url));
}

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'datazone-'));
  await start();
});

afterEach(async () => {
  client.destroy();
  await running.end('SIGKILL');
  rmSync(stateDir, { recursive: true });
});

describe('the double of DataZone', () => {
  it('knows after kill -9 what it answered, and honours the client tokens', async () => {
    const domain = await createDomain(client);
    const owner = await createProject(client, domain, 'interactions');
    const consumer = await createProject(client, domain, 'analytics');
    await createTopicType(client, domain, owner);
    const asset = (topic: string) =>
      new CreateAssetCommand({
        domainIdentifier: domain,
        owningProjectIdentifier: owner,
        name: topic,
        typeIdentifier: 'KafkaTopic',
        formsInput: [{ formName: 'KafkaTopicForm', content: JSON.stringify({ topic }) }],
        clientToken: topic,
      });
    const answered = new Map<string, string | undefined>();
    const create = async (i: number): Promise<void> => {
      const { id } = await client.send(asset(`topic-${i}`));
      answered.set(`topic-${i}`, id);
      // Answers come in while more is asked: the kill finds calls under way.
      if (answered.size === 50) await running.end('SIGKILL');
    };
    await Promise.allSettled(Array.from({ length: 200 }, (_, i) => create(i)));
    expect(answered.size).toBeGreaterThanOrEqual(50);
    client.destroy();
    await start();
    for (const [topic, id] of answered) {
      const found = await client.send(new GetAssetCommand({ domainIdentifier: domain, identifier: id }));
      expect(found).toMatchObject({ name: topic, revision: '1' });
      expect((await client.send(asset(topic))).id).toBe(id);
    }
    const { listingId } = await client.send(
      new CreateListingChangeSetCommand({
        domainIdentifier: domain,
        entityIdentifier: answered.values().next().value,
        entityType: 'ASSET',
        action: 'PUBLISH',
      }),
    );
    await client.send(
      new CreateSubscriptionRequestCommand({
        domainIdentifier: domain,
        requestReason: 'r',
        subscribedPrincipals: [{ project: { identifier: consumer } }],
        subscribedListings: [{ identifier: listingId }],
      }),
    );
    await running.end('SIGKILL');
    client.destroy();
    await start();
    const { items } = await client.send(new ListSubscriptionRequestsCommand({ domainIdentifier: domain }));
    expect(items).toMatchObject([{ status: 'PENDING', subscribedListings: [{ id: listingId }] }]);
  });
});
