import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { driverNames } from '../client.js';
import { failoverContract, restartContract } from '../test/contract/faults.js';
import { Harness } from '../test/contract/harness.js';

describe.each([
  { cluster: 'one broker', brokers: 1, contract: restartContract },
  { cluster: 'three brokers', brokers: 3, contract: failoverContract },
])('with $cluster', ({ brokers, contract }) => {
  let kafka: KafkaServer;

  beforeAll(async () => {
    kafka = await startKafka({ brokers, heapMb: 192 });
  }, 600_000);

  afterAll(async () => {
    await kafka.stop();
  });

  describe.each(driverNames)('driver %s', (driver) => {
    const harness = new Harness(driver, () => kafka.bootstrap);
    afterEach(() => harness.closeAll());
    contract(harness, () => kafka);
  });
});
