import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { interaction } from '@mesh/contracts';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { createDeliveryStream, eventually, plays, startTestMesh, type TestMesh } from '@mesh/testkit';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const STREAM = 'interactions';

let mesh: TestMesh;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  mesh = await startTestMesh();
  await createDeliveryStream(mesh.cloud.url, STREAM);
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
    FIREHOSE_DELIVERY_STREAM: STREAM,
    // Slow enough for a stop to land in the middle.
    FIREHOSE_BYTES_PER_SECOND: '500000',
    ...env,
  });
  started.push(service);
  return service;
}

async function accepted(): Promise<number> {
  return Number(((await mesh.cloud.admin('firehose/counts'))[STREAM] as { accepted: number }).accepted);
}

describe('the process of interactions-ingestor', () => {
  it('repeats and loses nothing over an orderly stop', async () => {
    await mesh.publish(interaction, plays(10_000));
    const first = start();
    await eventually('some are written', async () => (await accepted()) > 1_000);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    expect(await accepted()).toBeLessThan(10_000);
    expect(await mesh.committed('interactions-ingestor', interaction.topic)).toBe(await accepted());

    const second = start();
    await eventually('all are written', async () => (await accepted()) === 10_000);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(await accepted()).toBe(10_000);
    expect(await mesh.committed('interactions-ingestor', interaction.topic)).toBe(10_000);
  }, 120_000);

  it('ends with 78 and says what a stream is called', async () => {
    const service = start({ FIREHOSE_DELIVERY_STREAM: 'a stream' });
    expect(await service.exit).toBe(78);
    expect(service.stderr()).toBe(
      'configuration: FIREHOSE_DELIVERY_STREAM is "a stream"; allowed is the name of a Firehose delivery stream\n',
    );
  });
});
