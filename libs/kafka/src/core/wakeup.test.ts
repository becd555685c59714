import { expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { Wakeup } from './wakeup.js';

it.each([Infinity, 2 ** 31])('waits for %d ms until it is woken', async (ms) => {
  const wakeup = new Wakeup();
  let over = false;
  const waiting = wakeup.wait(ms).then(() => (over = true));
  await setTimeout(20);
  expect(over).toBe(false);
  wakeup.wake();
  await waiting;
});
