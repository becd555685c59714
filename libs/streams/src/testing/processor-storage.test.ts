import { expect, it } from '@jest/globals';
import { longSerde, Stores, stringSerde, StreamsBuilder } from '../index.js';
import { MemoryStores } from '../test/memory-storage.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

it("keeps a processor's stores on disk, but for those that are to be in memory", async () => {
  const kept = Stores.keyValue('kept', { key: stringSerde, value: longSerde });
  const light = Stores.keyValue('light', { key: stringSerde, value: longSerde, storage: 'memory' });
  const builder = new StreamsBuilder();
  builder.stream('in', strings).process(
    () => {
      let put: (key: string) => void;
      return {
        init: (context) => {
          const stores = [context.getStateStore('kept'), context.getStateStore('light')];
          put = (key) => stores.forEach((store) => store.put(key, (store.get(key) ?? 0) + 1));
        },
        process: ({ key }) => put(key),
      };
    },
    { stores: [kept, light] },
  );
  const driver = await TopologyTestDriver.open(builder.build(), {
    stateStores: new MemoryStores(),
    applicationId: 'app',
  });
  const input = driver.createInputTopic('in', strings);
  for (const key of ['a', 'b', 'a']) input.pipeInput(key, '', { timestamp: 0 });
  await driver.reopen();

  expect(driver.restoredRecords).toBe(driver.rawRecords('app-light-changelog').length);
  expect(driver.rawRecords('app-kept-changelog')).toHaveLength(3);
  input.pipeInput('a', '', { timestamp: 0 });
  expect(driver.rawRecords('app-kept-changelog').at(-1)?.value).toEqual(longSerde.serialize('', 3, []));
  expect(driver.rawRecords('app-light-changelog').at(-1)?.value).toEqual(longSerde.serialize('', 3, []));
  await driver.closed();
});
