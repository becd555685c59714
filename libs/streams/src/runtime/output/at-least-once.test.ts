import { describe, expect, it } from '@jest/globals';
import { KafkaError, type Appended, type Consumer, type KafkaClient, type Producer } from '@mesh/kafka';
import { AtLeastOnce } from './at-least-once.js';
import { RecordLimits } from './record-limits.js';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Producers whose sends are settled by the test, also after they were closed. */
function slowProducers() {
  const sends: PromiseWithResolvers<readonly Appended[]>[] = [];
  const producer = (): Producer => ({
    send: () => {
      const send = Promise.withResolvers<readonly Appended[]>();
      sends.push(send);
      return send.promise;
    },
    partitionsFor: async () => 1,
    close: async () => {},
  });
  return { sends, client: { producer } as unknown as KafkaClient };
}

describe('what an earlier producer had under way', () => {
  it('is no business of the one after it, however late it ends', async () => {
    const { sends, client } = slowProducers();
    const guarantee = new AtLeastOnce(client, new RecordLimits(1_000), silent);
    await guarantee.init();
    (await guarantee.open()).send('out', null, Buffer.from('a'), [], 1);
    guarantee.pump();
    await guarantee.abandon();

    await guarantee.init();
    (await guarantee.open()).send('out', null, Buffer.from('b'), [], 1);
    guarantee.pump();
    expect(sends).toHaveLength(2);
    const pending = guarantee.pendingBytes;
    sends[0]?.reject(new KafkaError('CLOSED', 'the producer was closed'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(guarantee.failure).toBeUndefined();
    expect(guarantee.pendingBytes).toBe(pending);

    let committed = false;
    const commit = guarantee.commit([], {} as Consumer).then(() => (committed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(committed).toBe(false);
    sends[1]?.resolve([]);
    await commit;
    expect(guarantee.pendingBytes).toBe(0);
  });
});
