import { describe, expect, it, jest } from '@jest/globals';
import { KafkaError } from '../port/errors.js';
import { Node } from './node.js';
import type { Connection, ConnectionOptions } from './transport.js';

const options: ConnectionOptions = {
  host: '127.0.0.1',
  port: 1,
  clientId: 'test',
  security: undefined,
  logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  connectTimeoutMs: 1,
  requestTimeoutMs: 1,
};

/** Never answers. */
function silent(open: () => Promise<void>): { node: Node; destroy: jest.Mock<Connection['destroy']> } {
  const destroy = jest.fn<Connection['destroy']>();
  const connection = { open, destroy, send: () => new Promise<never>(() => {}) };
  return { node: new Node({ name: 'silent', load: async () => () => connection }, options), destroy };
}

describe('a node that is destroyed', () => {
  const error = new KafkaError('CLOSED', 'the client was closed');

  it('fails a connection that is being opened, whoever waits for it', async () => {
    const opening = Promise.withResolvers<void>();
    const { node, destroy } = silent(() => {
      opening.resolve();
      return new Promise(() => {});
    });
    const waiting = [node.connect(), node.connect()];
    await opening.promise;
    node.destroy(error);
    for (const wait of waiting) await expect(wait).rejects.toBe(error);
    expect(destroy).toHaveBeenCalledWith(error);
  });

  it('opens no other', async () => {
    const open = jest.fn(async () => {});
    const { node } = silent(open);
    node.destroy(error);
    await expect(node.connect()).rejects.toBe(error);
    expect(open).not.toHaveBeenCalled();
  });
});

describe('a connection that cannot be opened', () => {
  it.each([
    ['a wrong password', new KafkaError('DENIED', 'a wrong password')],
    ['no answer', new KafkaError('UNAVAILABLE', 'no answer')],
    ['any other error', new Error('anything else')],
  ])('is closed at once, given %s', async (_, error) => {
    const { node, destroy } = silent(async () => {
      throw error;
    });
    await expect(node.connect()).rejects.toThrow(error.message);
    expect(destroy).toHaveBeenCalledTimes(1);
    // Nothing is left of it.
    node.destroy(error);
    expect(destroy).toHaveBeenCalledTimes(1);
  });
});
