import { describe, expect, it } from '@jest/globals';
import { createKafkaClient } from '@mesh/kafka';
import { KafkaStreams, type KafkaStreamsOptions } from '../index.js';
import { copyingTopology } from '../test/topologies.js';

const client = createKafkaClient({ brokers: ['127.0.0.1:1'], clientId: 'config' });
const valid: KafkaStreamsOptions = {
  applicationId: 'app',
  client,
  processingGuarantee: 'exactly_once_v2',
};

function made(options: object): () => KafkaStreams {
  return () => new KafkaStreams(copyingTopology('x'), { ...valid, ...options });
}

describe('the options of an application', () => {
  it.each([
    [{ applicationId: undefined }, 'applicationId is undefined: it takes letters, digits, dots, _ and -'],
    [{ groupInstanceId: 'a b' }, "groupInstanceId is 'a b': it takes letters, digits, dots, _ and -"],
    [{ applicationServer: 'http://host:1' }, "applicationServer is 'http://host:1': it takes host:port"],
    [{ applicationServer: 'host' }, "applicationServer is 'host': it takes host:port"],
    [{ offsetReset: 'first' }, "offsetReset is 'first': it takes earliest, latest, none"],
    [
      { numStreamThreads: Number.POSITIVE_INFINITY },
      'numStreamThreads is Infinity: it takes an integer from 1 to',
    ],
    [{ numStreamThreads: 1.5 }, 'numStreamThreads is 1.5'],
    [{ commitIntervalMs: '100' }, "commitIntervalMs is '100'"],
    [{ sessionTimeoutMs: NaN }, 'sessionTimeoutMs is NaN: it takes an integer from 1 to 2147483647'],
    // A timer of that would be over at once.
    [{ closeTimeoutMs: 2 ** 31 }, 'closeTimeoutMs is 2147483648'],
    [{ cacheMaxBytes: -1 }, 'cacheMaxBytes is -1: it takes at least 0'],
  ])('are refused where they cannot be honoured: %j', (options, message) => {
    expect(made(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    { applicationServer: '[::1]:8080' },
    { applicationServer: 'a.example:80' },
    { cacheMaxBytes: Number.POSITIVE_INFINITY },
    { maxTaskIdleMs: -1 },
    { sessionTimeoutMs: undefined },
  ])('are taken where they can: %j', (options) => {
    expect(made(options)).not.toThrow();
  });
});
