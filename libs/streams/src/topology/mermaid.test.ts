import { describe, expect, it } from '@jest/globals';
import { stringSerde, StreamsBuilder } from '../index.js';

describe('a topology as a Mermaid graph', () => {
  it('shows sub-topologies, topics between them and stores', () => {
    const builder = new StreamsBuilder();
    builder
      .stream('plays', { key: stringSerde, value: stringSerde })
      .groupBy((_user, song) => song, { name: 'by-song', key: stringSerde, value: stringSerde })
      .count({ store: 'counts' });
    expect(builder.build().toMermaid()).toBe(
      `flowchart TD
  subgraph sub0["Sub-topology 0"]
    node0["KSTREAM-KEY-SELECT-0000000001"]
    node1["by-song-repartition-filter"]
  end
  subgraph sub1["Sub-topology 1"]
    store4[("counts")]
    node5["KSTREAM-AGGREGATE-0000000002"]
  end
  topic2[/"plays"/]
  topic3[/"by-song-repartition"/]:::internal
  topic2 --> node0
  node0 --> node1
  node1 --> topic3
  node5 -.- store4
  topic3 --> node5
  classDef internal stroke-dasharray: 4 4
`,
    );
  });
});
