import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction, type Interaction } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { plays, startTestMesh, type TestMesh } from '@mesh/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const BUCKET = 'landing';

let mesh: TestMesh;
let s3: S3Client;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  mesh = await startTestMesh({ moto: true });
  s3 = new S3Client({ endpoint: mesh.cloud.moto?.url ?? '', forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
}, 120_000);
afterAll(async () => {
  s3?.destroy();
  await mesh?.stop();
});
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  const service = startServiceProcess(MAIN, { ...mesh.env, LANDING_BUCKET: BUCKET, ...env });
  started.push(service);
  return service;
}

type Landed = Interaction & { readonly kafkaPartition: number; readonly kafkaOffset: number };

/** Every line of every object, with the object's name. */
async function landed(): Promise<{ readonly key: string; readonly line: Landed }[]> {
  const lines: { key: string; line: Landed }[] = [];
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: BUCKET, Prefix: 'interactions/raw/' });
  for await (const { Contents = [] } of pages) {
    for (const { Key: key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      const text = gunzipSync((await Body?.transformToByteArray()) ?? '').toString();
      for (const line of text.trimEnd().split('\n')) lines.push({ key, line: JSON.parse(line) as Landed });
    }
  }
  return lines;
}

const done = (): Promise<number> => mesh.committed('interactions-landing', interaction.topic);

describe('the process of interactions-landing', () => {
  it('has each interaction in one object, once, however often and whenever it was killed', async () => {
    const events: Interaction[] = [];
    // Each life with limits of its own, so that batches would end elsewhere, were it not for the plans.
    for (const [life, limits] of [
      { LANDING_MAX_RECORDS: '170', LANDING_LINGER_MS: '40' },
      { LANDING_MAX_RECORDS: '60', LANDING_LINGER_MS: '1000' },
      { LANDING_MAX_RECORDS: '900', LANDING_LINGER_MS: '25' },
      { LANDING_MAX_RECORDS: '333', LANDING_LINGER_MS: '70' },
    ].entries()) {
      const more = plays(1_500);
      events.push(...more);
      await mesh.publish(interaction, more);
      // Commits seldom, so that there is always something landed and not committed.
      const service = start({ ...limits, COMMIT_INTERVAL_MS: '2000' });
      const url = String((await service.line('listening')).url);
      await until('some is landed', async () =>
        /sink_records_total\{[^}]*\} [1-9]/.test(await (await fetch(`${url}/metrics`)).text()),
      );
      await sleep(life * 150);
      service.child.kill('SIGKILL');
      await service.exit;
    }
    const last = start({ LANDING_LINGER_MS: '200' });
    await until('all is committed', async () => (await done()) === events.length);
    last.child.kill('SIGTERM');
    expect(await last.exit).toBe(0);

    const lines = await landed();
    expect(lines.map(({ line }) => line.eventId).sort()).toEqual(events.map(({ eventId }) => eventId).sort());
    const places = new Set(lines.map(({ line }) => `${line.kafkaPartition}@${line.kafkaOffset}`));
    expect(places.size).toBe(events.length);
    for (const { key, line } of lines) {
      const [date, time] = new Date(line.occurredAt).toISOString().split('T');
      expect(key).toContain(`dt=${date}/hour=${time?.slice(0, 2)}/interactions-${line.kafkaPartition}-`);
    }
  }, 240_000);

  it('lands what it holds when it is stopped', async () => {
    const before = (await landed()).length;
    const committed = await done();
    const service = start();
    await service.line('listening');
    await mesh.publish(interaction, plays(50));
    const url = String((await service.line('listening')).url);
    await until('they are read', async () =>
      /sink_pending_records\{[^}]*\} 50/.test(await (await fetch(`${url}/metrics`)).text()),
    );
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(await done()).toBe(committed + 50);
    expect((await landed()).length).toBe(before + 50);
  }, 120_000);
});
