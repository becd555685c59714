import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, readCloudEvent } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { plays, startTestMesh, type TestMesh } from './index.js';

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await startTestMesh();
}, 120_000);
afterAll(() => mesh?.stop(), 60_000);

describe('a mesh for a test', () => {
  it('publishes as applications do, and reads back', async () => {
    const published = plays(100);
    await mesh.publish(interaction, published);
    const read = await mesh.events(interaction);
    const byId = new Map(read.map(({ event }) => [event?.eventId, event]));
    expect(byId).toEqual(new Map(published.map((event) => [event.eventId, event])));
    for (const { key, timestamp, headers, event } of read) {
      expect(key?.toString()).toBe(event?.userId);
      expect(timestamp).toBe(event?.occurredAt);
      expect(readCloudEvent(headers)?.id).toBe(event?.eventId);
    }
  });

  it('reads a tombstone as no event', async () => {
    await mesh.send(interaction.topic, [{ key: Buffer.from('deleted'), value: null }]);
    const read = await mesh.events(interaction);
    expect(read.find(({ key }) => key?.toString() === 'deleted')?.event).toBeNull();
  });

  it("takes a dead letter's headers apart", async () => {
    await mesh.send(`${interaction.topic}.dlq`, [
      {
        key: Buffer.from('k'),
        value: Buffer.from('v'),
        headers: [
          ['own', Buffer.from('1')],
          ['__connect.errors.topic', Buffer.from('interactions')],
        ],
      },
    ]);
    const [letter] = await mesh.deadLetters(interaction.topic);
    expect(letter).toMatchObject({
      errors: { topic: 'interactions' },
      original: [['own', Buffer.from('1')]],
    });
  });

  it('sums what a group has committed', async () => {
    expect(await mesh.committed('nobody', interaction.topic)).toBe(0);
    const admin = mesh.client.admin();
    const at = (partition: number, offset: number) => ({ topic: interaction.topic, partition, offset });
    await admin.setGroupOffsets('somebody', [at(0, 3), at(1, 4)]);
    await admin.close();
    expect(await mesh.committed('somebody', interaction.topic)).toBe(7);
  });

  it('has an outage of the cloud, which forgets nothing', async () => {
    const { versionId } = await mesh.serde(interaction);
    await mesh.cloud.stop();
    await expect(fetch(mesh.cloud.url)).rejects.toThrow();
    await mesh.cloud.restart();
    const registry = glueSchemaRegistry({ registryName: 'music-mesh', endpoint: mesh.cloud.url });
    const serde = await createAvroSerde({ contract: interaction, registry });
    expect(serde.versionId).toBe(versionId);
  });
});
