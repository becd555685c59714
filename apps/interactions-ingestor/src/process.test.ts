import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
} from '@aws-sdk/client-firehose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startServiceProcess, type ServiceProcess } from '@mesh/service/testing';
import { fileURLToPath } from 'node:url';
import { committed, eventually, plays, startTestMesh, type TestMesh } from './test/mesh.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const STREAM = 'interactions';

let mesh: TestMesh;
const started: ServiceProcess[] = [];

beforeAll(async () => {
  mesh = await startTestMesh();
  await createStream();
}, 120_000);
afterAll(() => mesh.stop());
afterEach(async () => {
  for (const { child, exit } of started.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

/** One that buffers for longer than a test runs. */
async function createStream(): Promise<void> {
  const firehose = new FirehoseClient({ endpoint: mesh.url, region: 'us-east-1' });
  await firehose.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: STREAM,
      ExtendedS3DestinationConfiguration: {
        RoleARN: 'arn:aws:iam::123456789012:role/firehose',
        BucketARN: 'arn:aws:s3:::raw',
        BufferingHints: { IntervalInSeconds: 900, SizeInMBs: 128 },
      },
    }),
  );
  await eventually('the stream is active', async () => {
    const answer = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: STREAM }));
    return answer.DeliveryStreamDescription?.DeliveryStreamStatus === 'ACTIVE';
  });
  firehose.destroy();
}

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
  return Number(((await mesh.admin('firehose/counts'))[STREAM] as { accepted: number }).accepted);
}

describe('the process of interactions-ingestor', () => {
  it('repeats and loses nothing over an orderly stop', async () => {
    await mesh.publish(plays(10_000));
    const first = start();
    await eventually('some are written', async () => (await accepted()) > 1_000);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    expect(await accepted()).toBeLessThan(10_000);
    expect(await committed(mesh.client, 'interactions-ingestor')).toBe(await accepted());

    const second = start();
    await eventually('all are written', async () => (await accepted()) === 10_000);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(await accepted()).toBe(10_000);
    expect(await committed(mesh.client, 'interactions-ingestor')).toBe(10_000);
  }, 120_000);

  it('ends with 78 and says what a stream is called', async () => {
    const service = start({ FIREHOSE_DELIVERY_STREAM: 'a stream' });
    expect(await service.exit).toBe(78);
    expect(service.stderr()).toBe(
      'configuration: FIREHOSE_DELIVERY_STREAM is "a stream"; allowed is the name of a Firehose delivery stream\n',
    );
  });
});
