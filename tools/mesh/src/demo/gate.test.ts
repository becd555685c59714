import { expect, it } from '@jest/globals';
import { Gate } from './gate.js';

it('lets through as many events as the limit says, and the rest when it is raised', async () => {
  const gate = new Gate(2);
  const seen: number[] = [];
  const all = (async () => {
    for await (const event of gate.through([1, 2, 3, 4])) seen.push(event);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([1, 2]);
  gate.raise(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([1, 2]);
  gate.raise(Infinity);
  await all;
  expect(seen).toEqual([1, 2, 3, 4]);
});
