import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { startKafka, type KafkaServer, type KafkaVersion } from '@mesh/local-cloud';
import { driverNames } from '../../client.js';
import { adminContract } from './admin.js';
import { groupContract } from './groups.js';
import { Harness } from './harness.js';
import { membershipContract } from './membership.js';
import { readerContract } from './reader.js';
import { recordContract } from './records.js';
import { transactionContract } from './transactions.js';

/** All that the port promises, for every driver, on one broker of this version. */
export function driverContract(version: KafkaVersion): void {
  let kafka: KafkaServer;

  beforeAll(async () => {
    kafka = await startKafka({ version });
  }, 600_000);

  afterAll(async () => {
    await kafka.stop();
  });

  describe.each(driverNames)(`Kafka ${version}, driver %s`, (driver) => {
    const harness = new Harness(driver, () => kafka.bootstrap);
    afterEach(() => harness.closeAll());

    describe('records', () => recordContract(harness));
    describe('groups', () => groupContract(harness));
    describe('membership', () => membershipContract(harness));
    describe('transactions', () => transactionContract(harness));
    describe('readers', () => readerContract(harness));
    describe('administration', () => adminContract(harness));
  });
}
