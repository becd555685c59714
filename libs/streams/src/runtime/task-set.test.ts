import { describe, expect, it } from '@jest/globals';
import type { Admin, Consumer, KafkaClient } from '@mesh/kafka';
import { stringSerde, StreamsBuilder } from '../index.js';
import { runtimeConfig } from './config.js';
import type { Guarantee } from './output/guarantee.js';
import { TaskSet } from './task-set.js';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe('tasks with state', () => {
  it('count as restoring from the moment they are there, while others are still being made', async () => {
    const builder = new StreamsBuilder();
    const strings = { key: stringSerde, value: stringSerde };
    builder.stream('in', strings).groupByKey().count({ store: 'counts' });
    const opened = Promise.withResolvers<void>();
    const guarantee = {
      // The second task's producer is slow to come.
      open: async (id: string) => {
        if (id === '0_1') await opened.promise;
        return { send: () => {} };
      },
    } as unknown as Guarantee;
    const client = {} as KafkaClient;
    const config = runtimeConfig({
      applicationId: 'app',
      client,
      processingGuarantee: 'exactly_once_v2',
    });
    const restoring = {
      client,
      admin: {} as Admin,
      applicationId: 'app',
      logger: silent,
      onRestored: () => {},
    };
    const tasks = new TaskSet(builder.build(), config, guarantee, restoring, () => {});
    const partitions = [0, 1].map((partition) => ({ topic: 'in', partition }));
    const lookup = Promise.withResolvers<never>();
    const consumer = { committed: () => lookup.promise } as unknown as Consumer;
    const assigning = tasks.assign(partitions, consumer);

    await new Promise((resolve) => setImmediate(resolve));
    expect(tasks.all.map((task) => task.id)).toEqual(['0_0']);
    expect(tasks.restoring).toBe(true);
    expect(tasks.running).toEqual([]);
    expect(tasks.activate(consumer)).toBe(0);

    opened.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(tasks.all).toHaveLength(2);
    expect(tasks.running).toEqual([]);
    lookup.reject(new Error('no answer'));
    await expect(assigning).rejects.toThrow('no answer');
    expect(tasks.running).toEqual([]);
    expect(tasks.failure).toBeUndefined();
  });
});
