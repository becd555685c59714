import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder, StreamsError, TimeWindows } from '../index.js';

const strings = { key: stringSerde, value: stringSerde };

describe('describe()', () => {
  it("prints Kafka Streams' text form", () => {
    const builder = new StreamsBuilder();
    builder
      .stream('plays', strings)
      .filter((_key, value) => value !== '')
      .groupBy((_key, value) => value, { name: 'by-item', ...strings })
      .windowedBy(TimeWindows.of({ sizeMs: 1000 }))
      .count({ store: 'plays-per-item' })
      .toStream()
      .to('trends');
    expect(builder.build().describe()).toBe(
      `Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [plays])
      --> KSTREAM-FILTER-0000000001
    Processor: KSTREAM-FILTER-0000000001 (stores: [])
      --> KSTREAM-KEY-SELECT-0000000002
      <-- KSTREAM-SOURCE-0000000000
    Processor: KSTREAM-KEY-SELECT-0000000002 (stores: [])
      --> by-item-repartition-filter
      <-- KSTREAM-FILTER-0000000001
    Processor: by-item-repartition-filter (stores: [])
      --> by-item-repartition-sink
      <-- KSTREAM-KEY-SELECT-0000000002
    Sink: by-item-repartition-sink (topic: by-item-repartition)
      <-- by-item-repartition-filter

  Sub-topology: 1
    Source: by-item-repartition-source (topics: [by-item-repartition])
      --> KSTREAM-AGGREGATE-0000000003
    Processor: KSTREAM-AGGREGATE-0000000003 (stores: [plays-per-item])
      --> KTABLE-TOSTREAM-0000000004
      <-- by-item-repartition-source
    Processor: KTABLE-TOSTREAM-0000000004 (stores: [])
      --> KSTREAM-SINK-0000000005
      <-- KSTREAM-AGGREGATE-0000000003
    Sink: KSTREAM-SINK-0000000005 (topic: trends)
      <-- KTABLE-TOSTREAM-0000000004

`,
    );
  });

  it('keeps the names of the others when one operator is named', () => {
    const described = (name?: string): string => {
      const builder = new StreamsBuilder();
      builder
        .stream('in', strings)
        .filter(() => true, name === undefined ? {} : { name })
        .to('out');
      return builder.build().describe();
    };
    expect(described('mine')).toBe(described().replaceAll('KSTREAM-FILTER-0000000001', 'mine'));
  });
});

describe('a table', () => {
  it('names the source that it is read from after itself', () => {
    const builder = new StreamsBuilder();
    builder.table('in', { ...strings, name: 'prices', store: 'prices' });
    expect(builder.build().describe()).toBe(
      `Topologies:
   Sub-topology: 0
    Source: prices-source (topics: [in])
      --> prices
    Processor: prices (stores: [prices])
      --> none
      <-- prices-source

`,
    );
  });
});

describe('a topology', () => {
  const code = (build: (builder: StreamsBuilder) => void): string => {
    const builder = new StreamsBuilder();
    try {
      build(builder);
      builder.build();
    } catch (error) {
      return error instanceof StreamsError ? error.code : String(error);
    }
    return 'none';
  };

  it('refuses what cannot run, when it is built', () => {
    expect(code(() => undefined)).toBe('INVALID_TOPOLOGY');
    expect(
      code((builder) => {
        builder.stream('in', strings);
        builder.stream('in', strings);
      }),
    ).toBe('INVALID_TOPOLOGY');
    expect(
      code((builder) => {
        const stream = builder.stream('in', strings);
        stream.groupByKey().count({ store: 'same' });
        stream.groupByKey().count({ store: 'same' });
      }),
    ).toBe('INVALID_TOPOLOGY');
    expect(
      code((builder) => {
        builder
          .stream('in', strings)
          .mapValues((value) => value.length)
          .to('out');
      }),
    ).toBe('SERDE_MISSING');
    expect(code(() => TimeWindows.of({ sizeMs: 5, advanceMs: 10 }))).toBe('INVALID_TOPOLOGY');
    expect(code((builder) => builder.stream('in', strings).groupByKey().count({ store: 'a/b' }))).toBe(
      'INVALID_TOPOLOGY',
    );
  });
});
