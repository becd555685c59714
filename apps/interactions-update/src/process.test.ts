import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction } from '@mesh/contracts';
import { until } from '@mesh/jest/until.mjs';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { createTracking, plays, startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';

const GROUP = 'interactions-update';
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

let mesh: TestMesh;
let trackingId: string;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  mesh = await startTestMesh();
  trackingId = await createTracking(mesh.cloud.url);
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
    PERSONALIZE_TRACKING_ID: trackingId,
    // Slow enough for a kill to land in the middle.
    PERSONALIZE_CALLS_PER_SECOND: '100',
    ...env,
  });
  started.push(service);
  return service;
}

async function distinctEvents(): Promise<number> {
  return Number((await mesh.cloud.admin('personalize-events/counts'))['distinctEventIds']);
}

describe('the process of interactions-update', () => {
  it('brings every interaction to Personalize, over a kill -9, and ends in order', async () => {
    await mesh.publish(interaction, plays(3_000));
    const first = start();
    await until('some are written', async () => (await distinctEvents()) > 300);
    first.child.kill('SIGKILL');
    await first.exit;
    expect(await distinctEvents()).toBeLessThan(3_000);

    const second = start();
    await until('all are written', async () => (await distinctEvents()) === 3_000);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(await mesh.committed(GROUP, interaction.topic)).toBe(3_000);
    expect(await distinctEvents()).toBe(3_000);
  }, 120_000);

  it('repeats and loses nothing over an orderly stop', async () => {
    const before = await mesh.cloud.admin('personalize-events/counts');
    await mesh.publish(interaction, plays(2_000));
    const first = start();
    await until(
      'some are written',
      async () => (await distinctEvents()) > Number(before['distinctEventIds']) + 200,
    );
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);

    start();
    const all = Number(before['distinctEventIds']) + 2_000;
    await until('all are written', async () => (await distinctEvents()) === all);
    const after = await mesh.cloud.admin('personalize-events/counts');
    expect(after['duplicates']).toBe(before['duplicates']);
  }, 120_000);

  it('is not ready for a tracker that does not exist, says so, and gives nothing to the dead letters', async () => {
    const [known, done] = [await distinctEvents(), await mesh.committed(GROUP, interaction.topic)];
    await mesh.publish(interaction, plays(50));
    const astray = start({ PERSONALIZE_TRACKING_ID: 'no-such-tracker' });
    const url = String((await astray.line('listening')).url);
    await until('it is not ready for that', async () => {
      const answer = await fetch(`${url}/ready`);
      return answer.status === 503 && (await answer.text()).includes('no-such-tracker');
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await mesh.committed(GROUP, interaction.topic)).toBe(done);
    astray.child.kill('SIGTERM');
    await astray.exit;

    start();
    await until('all are written', async () => (await distinctEvents()) === known + 50);
    expect(await mesh.deadLetters(interaction.topic)).toEqual([]);
  }, 120_000);

  it('ends with 78 and says which variable is missing', async () => {
    const service = start({ PERSONALIZE_TRACKING_ID: '' });
    expect(await service.exit).toBe(78);
    expect(service.stderr()).toBe(
      'configuration: PERSONALIZE_TRACKING_ID is not set; it must be the tracking id of a Personalize event tracker\n',
    );
  });
});
