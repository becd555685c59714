import { describe, expect, it } from '@jest/globals';
import type { KafkaClient } from '@mesh/kafka';
import { Acknowledged } from './acknowledged.js';
import { RecordLimits } from './record-limits.js';
import { Transaction } from './transaction.js';

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const group = { groupId: 'app', memberId: 'm', generationId: 1 };

function open() {
  const calls: string[] = [];
  const call = (name: string) => async () => {
    calls.push(name);
    return [];
  };
  const names = ['init', 'begin', 'send', 'sendOffsets', 'commit', 'abort', 'close'];
  const producer = Object.fromEntries(names.map((name) => [name, call(name)]));
  const transaction = new Transaction({
    client: { transactionalProducer: () => producer } as unknown as KafkaClient,
    transactionalId: 'app-0',
    transactionTimeoutMs: undefined,
    limits: new RecordLimits(1_000),
    acknowledged: new Acknowledged(),
    logger,
  });
  return { transaction, calls };
}

describe('a transaction', () => {
  it('commits outputs with the offsets that they came of', async () => {
    const { transaction, calls } = open();
    transaction.buffer.send('out', null, Buffer.from('x'), [], 1);
    await transaction.commit([{ topic: 'in', partition: 0, offset: 1 }], group);
    expect(calls).toEqual(['begin', 'send', 'sendOffsets', 'commit']);
  });

  it('commits no outputs without offsets, by which alone a member that was replaced is found out', async () => {
    const { transaction, calls } = open();
    transaction.buffer.send('out', null, Buffer.from('x'), [], 1);
    await expect(transaction.commit([], group)).rejects.toMatchObject({ code: 'ILLEGAL_STATE' });
    expect(calls).not.toContain('commit');
    expect(await open().transaction.commit([], group)).toBe(false);
  });
});
