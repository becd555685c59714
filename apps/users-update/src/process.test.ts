import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { user } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { USERS_SCHEMA } from '@mesh/personalize';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { createDatasets, startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';
import { person } from './test/people.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let mesh: TestMesh;
let datasetArn: string;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  mesh = await startTestMesh();
  ({ Users: datasetArn } = await createDatasets(mesh.cloud.url, { Users: USERS_SCHEMA.fields }));
}, 120_000);
afterAll(() => mesh?.stop());
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  const service = startServiceProcess(MAIN, {
    ...mesh.env,
    PERSONALIZE_USERS_DATASET_ARN: datasetArn,
    ...env,
  });
  started.push(service);
  return service;
}

async function stored(): Promise<Record<string, Record<string, unknown>>> {
  const { records } = await mesh.cloud.admin('personalize-events/records', { kind: 'user' });
  return records as Record<string, Record<string, unknown>>;
}

describe('the process of users-update', () => {
  it('leaves the last state of every user in Personalize, over a kill -9, and ends in order', async () => {
    const ids = Array.from({ length: 600 }, (_, i) => `user-${i}`);
    for (const country of ['AT', 'DE', 'CH'])
      await mesh.publish(
        user,
        ids.map((id) => person(id, { country })),
      );
    await mesh.send(user.topic, [{ key: Buffer.from('user-7'), value: null }]);
    const first = start();
    await until('some are written', async () => Object.keys(await stored()).length > 50);
    first.child.kill('SIGKILL');
    await first.exit;

    const second = start();
    await until(
      'everything is done',
      async () => (await mesh.committed('users-update', user.topic)) === 1_801,
    );
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    const expected = ids.map((id) => [id, id === 'user-7' ? {} : { COUNTRY: 'CH', PLAN: 'PREMIUM' }]);
    expect(await stored()).toEqual(Object.fromEntries(expected));
    expect(await mesh.deadLetters(user.topic)).toEqual([]);
  }, 120_000);

  it('ends with 78 where the dataset is not one of users', async () => {
    const service = start({ PERSONALIZE_USERS_DATASET_ARN: datasetArn.replace('USERS', 'ITEMS') });
    expect(await service.exit).toBe(78);
    expect(service.stderr()).toContain('PERSONALIZE_USERS_DATASET_ARN');
  });
});
