import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { installKafka, kafkaVersions } from '../../install/maven.js';
import { isRunning } from '../process-table.js';
import { askCluster } from './probe.js';
import { startKafka, type KafkaServer } from './start-kafka.js';

/** Kafka's own command, so that these tests need no client of ours. */
async function topics(server: KafkaServer, ...args: string[]): Promise<string> {
  const classPath = join(await installKafka(), '*');
  const { stdout } = await promisify(execFile)('java', [
    ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'],
    ...['-cp', classPath, 'org.apache.kafka.tools.TopicCommand'],
    ...['--bootstrap-server', server.bootstrap, ...args],
  ]);
  return stdout;
}

function portOf(server: KafkaServer): number {
  return Number(server.bootstrap.split(':')[1]);
}

describe('one broker', () => {
  let kafka: KafkaServer;

  beforeAll(async () => {
    kafka = await startKafka();
    await topics(kafka, '--create', '--topic', 'kept', '--partitions', '3');
  }, 120_000);

  afterAll(async () => {
    await kafka.stop();
  });

  it('answers as a cluster of one with a controller', async () => {
    expect(await askCluster(portOf(kafka))).toEqual({ brokers: 1, controllerId: 1 });
  });

  it('does not create topics that nobody declared', async () => {
    await expect(topics(kafka, '--describe', '--topic', 'misspelt')).rejects.toThrow(/does not exist/);
  });

  it('is on the same address with its topics after kill -9 and restart', async () => {
    const { bootstrap, pid } = kafka;
    await kafka.kill();
    expect(isRunning(pid)).toBe(false);
    expect(typeof (await askCluster(portOf(kafka)))).toBe('string');
    await kafka.restart();
    expect(kafka.bootstrap).toBe(bootstrap);
    expect(kafka.pid).not.toBe(pid);
    expect(await topics(kafka, '--list')).toContain('kept');
  });

  it('is gone after stop, and its temporary folder too', async () => {
    const other = await startKafka({ heapMb: 128 });
    expect(existsSync(other.logFile)).toBe(true);
    await other.stop();
    expect(isRunning(other.pid)).toBe(false);
    expect(existsSync(dirname(other.logFile))).toBe(false);
  });

  it('can write no file beyond a limit, until it is started with room', async () => {
    const limit = ({ pid }: KafkaServer) =>
      /^Max file size +(\S+)/m.exec(readFileSync(`/proc/${String(pid)}/limits`, 'utf8'))?.[1];
    const other = await startKafka({ heapMb: 128, maxFileBytes: 12 * 1024 * 1024 });
    try {
      expect(limit(other)).toBe('12582912');
      await other.restart();
      expect(limit(other)).toBe('12582912');
      await other.restartWithRoom();
      expect(limit(other)).toBe('unlimited');
    } finally {
      await other.stop();
    }
  });

  it('explains with the end of its log when a named port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as AddressInfo;
    try {
      await expect(startKafka({ port })).rejects.toMatchObject({
        code: 'MESH_LOCAL_PORT_TAKEN',
        message: expect.stringMatching(/kafka ended \(status 1\)[^]*Address already in use/),
      });
    } finally {
      squatter.close();
    }
  });
});

it.each(kafkaVersions)(
  'runs Kafka %s where that is asked for',
  async (version) => {
    const kafka = await startKafka({ version, heapMb: 128 });
    try {
      expect(readFileSync(kafka.logFile, 'utf8')).toContain(`Kafka version: ${version}.`);
      expect(await askCluster(portOf(kafka))).toEqual({ brokers: 1, controllerId: 1 });
    } finally {
      await kafka.stop();
    }
  },
  120_000,
);

it('names the versions there are when another one is asked for', async () => {
  process.env['KAFKA_BROKER_VERSION'] = '2.8';
  try {
    await expect(startKafka()).rejects.toThrow(
      'KAFKA_BROKER_VERSION is 2.8: Kafka can be started in 4.3 and 3.9',
    );
  } finally {
    delete process.env['KAFKA_BROKER_VERSION'];
  }
});

it('runs as three brokers that see each other and replicate', async () => {
  const kafka = await startKafka({ brokers: 3, heapMb: 128 });
  try {
    expect(kafka.bootstrap.split(',')).toHaveLength(3);
    await topics(
      kafka,
      '--create',
      '--topic',
      'replicated',
      '--replication-factor',
      '3',
      '--partitions',
      '1',
    );
    const [, second] = kafka.brokers;
    await second?.kill();
    expect(kafka.brokers.map((broker) => broker.running)).toEqual([true, false, true]);
    // The cluster works on with two of three.
    expect(await topics(kafka, '--describe', '--topic', 'replicated')).toContain('ReplicationFactor: 3');
    await second?.restart();
    expect(kafka.brokers.every((broker) => broker.running)).toBe(true);
  } finally {
    await kafka.stop();
  }
}, 180_000);
