import { describe, expect, it } from '@jest/globals';
import type { CompiledSource } from './compile.js';
import { Idling } from './idling.js';
import { PartitionQueue } from './partition-queue.js';

const source = {} as CompiledSource;

function setUp(maxTaskIdleMs: number, lag: number | undefined) {
  const full = new PartitionQueue(source, 'full', 0);
  const record = { key: null, value: null, headers: [], timestamp: 1, offset: 0 };
  full.add({ topic: 'full', partition: 0, records: [record], nextOffset: 1, highWatermark: 1 });
  const world = { now: 0, lag };
  const idling = new Idling({ maxTaskIdleMs, currentLag: () => world.lag, now: () => world.now });
  const empty = new PartitionQueue(source, 'empty', 0);
  const goesOn = (): boolean => {
    idling.look();
    return idling.goesOn([full, empty], 1);
  };
  return { world, goesOn };
}

describe('a task with a source partition without records at hand', () => {
  it('waits while the broker has some, or has not said', () => {
    const { world, goesOn } = setUp(0, undefined);
    expect(goesOn()).toBe(false);
    world.lag = 3;
    expect(goesOn()).toBe(false);
    world.lag = 0;
    expect(goesOn()).toBe(true);
  });

  it('waits for the idle time more once there is nothing, and anew after there was something', () => {
    const { world, goesOn } = setUp(100, 0);
    expect(goesOn()).toBe(false);
    world.now = 99;
    expect(goesOn()).toBe(false);
    world.now = 100;
    expect(goesOn()).toBe(true);
    world.lag = 1;
    expect(goesOn()).toBe(false);
    world.lag = 0;
    expect(goesOn()).toBe(false);
    world.now = 200;
    expect(goesOn()).toBe(true);
  });

  it('never waits where that is switched off', () => {
    expect(setUp(-1, undefined).goesOn()).toBe(true);
    expect(setUp(-1, 5).goesOn()).toBe(true);
  });
});
