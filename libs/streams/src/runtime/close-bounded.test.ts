import { describe, expect, it } from '@jest/globals';
import type { Admin, KafkaClient } from '@mesh/kafka';
import { stringSerde, StreamsBuilder } from '../index.js';
import { runtimeConfig } from './config.js';
import { StreamThread } from './stream-thread.js';
import type { TopicWatch } from './topic-watch.js';

const nothing = () => undefined;

describe('closing', () => {
  it('ends also where a call hangs that nothing can break off', async () => {
    const builder = new StreamsBuilder();
    const strings = { key: stringSerde, value: stringSerde };
    builder.stream('in', strings).to('out', strings);
    const subscribed = Promise.withResolvers<void>();
    const client = {
      producer: () => ({ close: async () => undefined }),
      consumer: () => ({
        subscribe: () => {
          subscribed.resolve();
          return new Promise(nothing);
        },
        close: async () => undefined,
      }),
    } as unknown as KafkaClient;
    const warnings: string[] = [];
    const warn = (_: object, text: string) => {
      warnings.push(text);
    };
    const config = runtimeConfig({
      applicationId: 'app',
      client,
      processingGuarantee: 'at_least_once',
      logger: { debug: nothing, info: nothing, warn, error: nothing },
    });
    const listener = {
      onRebalancing: nothing,
      onRunning: nothing,
      onInstances: nothing,
      onFatal: nothing,
    };
    const thread = new StreamThread(builder.build(), config, {} as Admin, {} as TopicWatch, 0, listener);
    thread.start();
    await subscribed.promise;
    await thread.stop(100);
    expect(warnings.at(-1)).toContain('does not answer');
  }, 5_000);
});
