import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import type { KafkaLogger } from '../port/client.js';
import { ScriptedBroker, TOPIC } from '../test/scripted-broker.js';
import { ErrorCode } from '../wire/error-codes.js';
import { Cluster } from './cluster.js';
import { Fetcher } from './fetcher.js';

const PARTITIONS = 20;

let cluster: Cluster;
let fetcher: Fetcher;
afterEach(() => {
  fetcher.clear();
  cluster.close();
});

describe('fetching from a topic that is gone', () => {
  it('looks it up once for all its partitions, and warns once', async () => {
    const broker = new ScriptedBroker(PARTITIONS);
    broker.lookup = () => ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const warn = jest.fn<KafkaLogger['warn']>();
    const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
    cluster = new Cluster(broker.transport, { brokers: ['127.0.0.1:1'], clientId: 'test', logger });
    fetcher = new Fetcher(cluster, { readCommitted: true, wake: () => {} });
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
    fetcher.assign(partitions.map((partition) => ({ ...partition, offset: 0 })));
    await until('it has warned', () => warn.mock.calls.length > 0);
    // A few for each of the tries that it takes, where the clock divides them; not one for each partition.
    expect(broker.lookups).toBeLessThan(PARTITIONS);
    const before = broker.lookups;
    await until('it has looked again', () => broker.lookups > before);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toMatchObject({ topic: TOPIC });
  });
});
