import { expect, it } from '@jest/globals';
import { KafkaStreams, type StreamsDefinition, type StreamsModule } from '../../index.js';
import { decodeError, encodeError } from './protocol.js';
import { KafkaError } from '@mesh/kafka';
import { StreamsError } from '../../errors.js';

interface Module<D> {
  readonly default: StreamsModule<D>;
}

/** Never called: the compiler is what tests it. */
export async function mustNotCompile(definition: StreamsDefinition): Promise<void> {
  const module = new URL('file:///trends.js');
  await KafkaStreams.fromModule<Module<undefined>>(module);
  await KafkaStreams.fromModule<Module<undefined>>(module, { numStreamThreads: 2 });
  await KafkaStreams.fromModule<Module<{ readonly brokers: string }>>(module, { data: { brokers: 'a:1' } });

  // @ts-expect-error the module wants data
  await KafkaStreams.fromModule<Module<{ readonly brokers: string }>>(module);
  // @ts-expect-error the module wants data
  await KafkaStreams.fromModule<Module<{ readonly brokers: string }>>(module, { numStreamThreads: 2 });
  // @ts-expect-error it wants other data
  await KafkaStreams.fromModule<Module<{ readonly brokers: string }>>(module, { data: { brokers: 1 } });
  // @ts-expect-error what the module is has to be said
  await KafkaStreams.fromModule(module, { data: { brokers: 'a:1' } });
  // @ts-expect-error a module has a default export
  await KafkaStreams.fromModule<{ readonly topology: unknown }>(module);
  // @ts-expect-error a definition has a topology
  (() => ({ options: definition.options })) satisfies StreamsModule;
}

it('an error is the same behind a port', () => {
  const cause = Object.assign(new TypeError('no such field'), { code: 'ERR_FIELD' });
  const kafka = new KafkaError('PROTOCOL', 'it answered', { cause, retriable: true });
  const error = new StreamsError('RECORD_FAILED', 'in-0@7', { cause: kafka });
  const read = decodeError(structuredClone(encodeError(error)));
  expect(read).toBeInstanceOf(StreamsError);
  expect(read).toMatchObject({ code: 'RECORD_FAILED', message: 'in-0@7', stack: error.stack });
  expect(read.cause).toBeInstanceOf(KafkaError);
  expect(read.cause).toMatchObject({ code: 'PROTOCOL', message: 'it answered', retriable: true });
  expect((read.cause as Error).cause).toMatchObject({
    name: 'TypeError',
    message: 'no such field',
    code: 'ERR_FIELD',
  });
});
