import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { jsonSerde, longSerde, type Serde, stringSerde, StreamsBuilder } from '../index.js';
import { TestCluster } from '../test/cluster.js';
import { copyingTopology } from '../test/topologies.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
});

afterAll(() => cluster.stop());

describe('an application', () => {
  it('that was paused before its start begins paused', async () => {
    const name = 'paused';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    await cluster.produce(`${name}-in`, [{ key: null, value: Buffer.from('v') }]);
    const app = cluster.application(copyingTopology(name), { applicationId: name });
    app.pause();
    expect(app.isPaused).toBe(true);
    await app.start();
    await until('it runs', () => app.ready);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await cluster.readAll(`${name}-copies`)).toEqual([]);
    app.resume();
    await until('it copies', async () => (await cluster.readAll(`${name}-copies`)).length === 1);
    await app.close();
  }, 60_000);

  it('that is closed while it starts begins nothing', async () => {
    const name = 'closed';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    const app = cluster.application(copyingTopology(name), { applicationId: name });
    const started = app.start();
    await app.close();
    await started;
    expect(app.state).toBe('NOT_RUNNING');
    expect(app.metrics().find((metric) => metric.name === 'alive-stream-threads')?.value).toBe(0);
  }, 60_000);

  it('whose changelog holds what another topology wrote ends, saying where', async () => {
    const name = 'changed';
    await cluster.createTopics(1, `${name}-in`);
    await cluster.produce(`${name}-in`, [{ key: Buffer.from('k'), value: Buffer.from('v') }]);
    const topologyOf = (serde: Serde<number>) => {
      const builder = new StreamsBuilder();
      builder
        .stream(`${name}-in`, { key: stringSerde, value: stringSerde })
        .groupByKey()
        .aggregate(
          () => 0,
          (_key, _value, count) => count + 1,
          { store: 'counts', value: serde },
        );
      return builder.build();
    };
    const before = cluster.application(topologyOf(longSerde), { applicationId: name });
    await before.start();
    await until(
      'it has counted',
      async () => (await cluster.readAll(`${name}-counts-changelog`)).length === 1,
    );
    await before.close();
    const after = cluster.application(topologyOf(jsonSerde<number>()), { applicationId: name });
    await after.start();
    await until('it ends', () => after.state === 'ERROR');
    expect(after.error).toMatchObject({
      code: 'INTERNAL_TOPIC_MISMATCH',
      message: expect.stringMatching(/^store counts .* changed-counts-changelog-0 has at offset 0: .*reset/),
    });
    await after.close();
  }, 60_000);

  it('goes on where the listener of its states throws, and says so', async () => {
    const name = 'listened';
    await cluster.createTopics(1, `${name}-in`, `${name}-copies`);
    const logged: string[] = [];
    const nothing = (): void => undefined;
    const app = cluster.application(copyingTopology(name), {
      applicationId: name,
      logger: { debug: nothing, info: nothing, warn: nothing, error: (_, message) => logged.push(message) },
      onStateChange: () => {
        throw new Error('not today');
      },
    });
    await app.start();
    await until('it runs', () => app.ready);
    await app.close();
    expect(app.state).toBe('NOT_RUNNING');
    expect(new Set(logged)).toEqual(new Set(['the listener of state changes has thrown']));
  }, 60_000);
});
