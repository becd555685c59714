import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import './internals.js';

interface Queue {
  readonly throttleCheckTimeoutId: unknown;
  readonly inflight: Map<number, unknown>;
  push(request: object): void;
  fulfillRequest(response: object): void;
  destroy(): void;
}

const require = createRequire(import.meta.url);
const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue;
const log = { debug: () => {}, warn: () => {} };

describe('an idle connection of kafkajs', () => {
  const queue = (maxInFlightRequests: number | null): Queue =>
    new RequestQueue({
      maxInFlightRequests,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
      logger: log,
    });
  const request = (correlationId: number): object => ({
    entry: { correlationId, resolve: () => {}, reject: () => {} },
    expectResponse: true,
    sendRequest: () => {},
  });

  it('arms no timer once its requests are answered', () => {
    const idle = queue(null);
    idle.push(request(1));
    idle.fulfillRequest({ correlationId: 1, size: 0, payload: null });
    expect(idle.throttleCheckTimeoutId).toBeNull();
  });

  it('still sends what waits for its turn', () => {
    const busy = queue(1);
    busy.push(request(1));
    busy.push(request(2));
    expect([...busy.inflight.keys()]).toEqual([1]);
    expect(busy.throttleCheckTimeoutId).not.toBeNull();
    busy.fulfillRequest({ correlationId: 1, size: 0, payload: null });
    expect([...busy.inflight.keys()]).toEqual([2]);
    busy.destroy();
  });
});
