import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder } from '../index.js';

const strings = { key: stringSerde, value: stringSerde };

function join(historyRetentionMs: number | undefined, graceMs: number): void {
  const builder = new StreamsBuilder();
  const table = builder.table('t', {
    ...strings,
    store: 't-store',
    ...(historyRetentionMs === undefined ? {} : { historyRetentionMs }),
  });
  builder.stream('s', strings).join(
    table.filter((value) => value !== ''),
    (left, right) => left + right,
    { name: 'j', graceMs, value: stringSerde },
  );
}

describe('a stream joined with a table after a grace', () => {
  it('needs a table that knows what held before', () => {
    expect(() => join(undefined, 5)).toThrow('give the table historyRetentionMs, or the join no graceMs');
  });

  it('needs one that knows it for as long as records wait', () => {
    expect(() => join(4, 5)).toThrow("join j-Buffer: graceMs 5 is above the table's historyRetentionMs 4");
    expect(() => join(5, 5)).not.toThrow();
  });
});
