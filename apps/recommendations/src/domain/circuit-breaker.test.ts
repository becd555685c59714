import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, CircuitOpenError } from './circuit-breaker.js';

describe('CircuitBreaker', () => {
  let now: number;
  let breaker: CircuitBreaker;
  let calls: number;

  const outage = new Error('outage');
  const badCall = new Error('bad call');
  const fail = (error: Error) => breaker.run(() => (calls++, Promise.reject(error)));
  const succeed = () => breaker.run(() => (calls++, Promise.resolve('answer')));

  beforeEach(() => {
    now = 0;
    calls = 0;
    breaker = new CircuitBreaker({
      failures: 3,
      openMs: 100,
      isFailure: (error) => error === outage,
      now: () => now,
    });
  });

  const open = async () => {
    for (let failure = 0; failure < 3; failure++) await expect(fail(outage)).rejects.toBe(outage);
  };

  it('hands on answers and errors while closed', async () => {
    await expect(succeed()).resolves.toBe('answer');
    await expect(fail(outage)).rejects.toBe(outage);
    expect(breaker.state).toBe('closed');
  });

  it('opens after so many failures in a row, and then does not call', async () => {
    await open();
    expect(breaker.state).toBe('open');
    await expect(succeed()).rejects.toThrow(CircuitOpenError);
    expect(calls).toBe(3);
  });

  it('does not open where an answer came in between, good or bad', async () => {
    for (const answer of [succeed, () => fail(badCall).catch(() => 'refused')]) {
      await expect(fail(outage)).rejects.toBe(outage);
      await expect(fail(outage)).rejects.toBe(outage);
      await answer();
    }
    await expect(fail(outage)).rejects.toBe(outage);
    expect(breaker.state).toBe('closed');
  });

  it('lets one call through after a while, and closes where it gets an answer', async () => {
    await open();
    now = 100;
    expect(breaker.state).toBe('half-open');
    const probe = Promise.withResolvers<string>();
    const probing = breaker.run(() => probe.promise);
    await expect(succeed()).rejects.toThrow(CircuitOpenError);
    probe.resolve('answer');
    await expect(probing).resolves.toBe('answer');
    expect(breaker.state).toBe('closed');
    await expect(succeed()).resolves.toBe('answer');
  });

  it('stays open for as long again where that call fails', async () => {
    await open();
    now = 100;
    await expect(fail(outage)).rejects.toBe(outage);
    now = 199;
    expect(breaker.state).toBe('open');
    now = 200;
    await expect(succeed()).resolves.toBe('answer');
    expect(breaker.state).toBe('closed');
  });
});
