import { describe, expect, it } from '@jest/globals';
import { JoinWindows, nullable, stringSerde, StreamsBuilder } from '../index.js';
import { MemoryStores } from '../test/memory-storage.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: nullable(stringSerde) };

describe('a join of streams whose time was moved by a record that it does not keep', () => {
  it('knows that time after a restart, with state on disk', async () => {
    const builder = new StreamsBuilder();
    builder
      .stream('left', strings)
      .leftJoin(builder.stream('right', strings), (left, right) => `${left}|${right}`, {
        name: 'joined',
        windows: JoinWindows.of({ beforeMs: 10, graceMs: 10 }),
      })
      .to('out', strings);
    const driver = await TopologyTestDriver.open(builder.build(), { stateStores: new MemoryStores() });
    driver.createInputTopic('left', strings).pipeInput('a', null, { timestamp: 100 });
    await driver.reopen();
    // It is too late for a match that comes after it: it does not wait for one.
    driver.createInputTopic('left', strings).pipeInput('a', 'late', { timestamp: 20 });
    expect(
      driver
        .createOutputTopic('out', strings)
        .readRecords()
        .map(({ value }) => value),
    ).toEqual(['late|null']);
    await driver.closed();
  });
});
