import { describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createKafkaClient, driverNames, type DriverName } from './client.js';

const options = { brokers: ['127.0.0.1:9092'], clientId: 'test' };

describe('making a client', () => {
  it('takes kafkajs where nothing is said', async () => {
    const client = createKafkaClient(options);
    expect(client.driver).toBe('kafkajs');
    await client.close();
  });

  it.each([
    ['kafkajs', 'platformatic'],
    ['platformatic', 'kafkajs'],
  ])('loads only the client of driver %s, not that of %s', async (used, unused) => {
    // In a process of its own: here both are loaded.
    const program = `
      const { createKafkaClient } = await import('./src/client.ts');
      const client = createKafkaClient({ driver: '${used}', brokers: ['127.0.0.1:1'], clientId: 'test' });
      await client.producer({ deliveryTimeoutMs: 1 }).send([{ topic: 't', records: [] }]).catch(() => {});
      await client.close();
      const { default: Module } = await import('node:module');
      console.log(JSON.stringify(Object.keys(Module._cache)));`;
    const flags = [...RUN_SOURCES, '--input-type=module'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '-e', program], {
      cwd: join(import.meta.dirname, '..'),
    });
    const loaded = JSON.parse(stdout) as string[];
    // Of the one that is a module itself, what it brings along.
    const traces = { kafkajs: '/kafkajs/', platformatic: '/fastq/' };
    expect(loaded.some((file) => file.includes(traces[used as DriverName]))).toBe(true);
    expect(loaded.some((file) => file.includes(traces[unused as DriverName]))).toBe(false);
  });

  it('refuses a driver that does not exist, naming those that do', () => {
    for (const driver of ['librdkafka', 'constructor', '']) {
      expect(() => createKafkaClient({ ...options, driver })).toThrow(
        expect.objectContaining({
          name: 'KafkaError',
          code: 'UNSUPPORTED',
          message: expect.stringContaining(driverNames.join(', ')),
        }),
      );
    }
  });

  it.each([[[]], [['localhost']], [['host:port']], [['a:1', 'b c:2']]])(
    'refuses the broker addresses %j',
    (brokers) => {
      expect(() => createKafkaClient({ ...options, brokers })).toThrow(
        expect.objectContaining({ name: 'KafkaError' }),
      );
    },
  );

  it.each(driverNames)('refuses what driver %s cannot do when it is asked for', async (driver) => {
    const client = createKafkaClient({ ...options, driver });
    const asked = { compression: 'lz4' as 'none' };
    expect(() => client.producer(asked)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(() => client.transactionalProducer({ ...asked, transactionalId: 't' })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    await client.close();
    expect(() => client.producer()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  it.each(driverNames)(
    'says that no broker answers, and closes all the same, with driver %s',
    async (driver) => {
      // Port 1 is reserved and nobody listens there.
      const client = createKafkaClient({ ...options, brokers: ['127.0.0.1:1'], driver });
      const producer = client.producer({ deliveryTimeoutMs: 100 });
      const sent = producer.send([{ topic: 't', records: [{ key: null, value: null }] }]);
      await expect(sent).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('127.0.0.1:1'),
      });
      const consumer = client.consumer({
        groupId: 'g',
        isolation: 'read_committed',
        offsetReset: 'earliest',
      });
      await consumer.subscribe(['t'], { onAssigned: () => {}, onRevoked: () => {}, onLost: () => {} });
      expect(await consumer.poll(50)).toEqual([]);
      await client.close();
    },
  );
});
