import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { startKafka, type KafkaServer } from '@mesh/local-cloud';
import { driverNames } from '../client.js';
import { adminContract } from '../test/contract/admin.js';
import { groupContract } from '../test/contract/groups.js';
import { Harness } from '../test/contract/harness.js';
import { readerContract } from '../test/contract/reader.js';
import { recordContract } from '../test/contract/records.js';
import { transactionContract } from '../test/contract/transactions.js';

let kafka: KafkaServer;

beforeAll(async () => {
  kafka = await startKafka();
}, 600_000);

afterAll(async () => {
  await kafka.stop();
});

describe.each(driverNames)('driver %s', (driver) => {
  const harness = new Harness(driver, () => kafka.bootstrap);
  afterEach(() => harness.closeAll());

  describe('records', () => recordContract(harness));
  describe('groups', () => groupContract(harness));
  describe('transactions', () => transactionContract(harness));
  describe('readers', () => readerContract(harness));
  describe('administration', () => adminContract(harness));
});
