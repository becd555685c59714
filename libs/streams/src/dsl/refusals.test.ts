import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder } from '../index.js';

const strings = { key: stringSerde, value: stringSerde };

function drawn(draw: (builder: StreamsBuilder) => void): () => void {
  return () => draw(new StreamsBuilder());
}

describe('a topology', () => {
  it.each(['', 'a b', 'a/b', '..', 'x'.repeat(250)])('refuses to read or write a topic %j', (topic) => {
    const refused = { code: 'INVALID_TOPOLOGY', message: expect.stringContaining('is no name of a topic') };
    expect(drawn((builder) => builder.stream(topic, strings))).toThrow(expect.objectContaining(refused));
    expect(drawn((builder) => builder.stream('in', strings).to(topic))).toThrow(
      expect.objectContaining(refused),
    );
  });

  it('refuses a store whose name was left out', () => {
    expect(
      drawn((builder) =>
        builder
          .stream('in', strings)
          .groupByKey()
          .count({} as { store: string }),
      ),
    ).toThrow('store name undefined');
  });

  it.each([-1, 0.5, NaN, Number.POSITIVE_INFINITY])('refuses %d as a time to wait or to keep', (time) => {
    expect(
      drawn((builder) =>
        builder.table('t', { ...strings, store: 't' }).suppress({ store: 's', untilTimeLimitMs: time }),
      ),
    ).toThrow(`suppress s: untilTimeLimitMs is ${time}`);
    expect(
      drawn((builder) => builder.table('t', { ...strings, store: 't', historyRetentionMs: time })),
    ).toThrow(`table t: historyRetentionMs is ${time}`);
    expect(
      drawn((builder) => {
        const table = builder.table('t', { ...strings, store: 't', historyRetentionMs: 10 });
        const joined = { name: 'j', graceMs: time, value: stringSerde };
        builder.stream('in', strings).join(table, (left, right) => left + right, joined);
      }),
    ).toThrow(`join j: graceMs is ${time}`);
  });
});
