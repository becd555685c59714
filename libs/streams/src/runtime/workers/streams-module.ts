import { StreamsError } from '../../errors.js';
import type { Topology } from '../../topology/topology.js';
import type { KafkaStreamsOptions } from '../config.js';
import { toError } from '../failures.js';

/** What is run by each stream thread of `KafkaStreams.fromModule`. */
export interface StreamsDefinition {
  readonly topology: Topology;
  /** Their `client` is the application's own: closed with it. */
  readonly options: KafkaStreamsOptions;
}

/**
 * The default export of a module for `KafkaStreams.fromModule`. It is called on the application's own thread and again
 * in each worker, and must come to the same topology everywhere: what it goes by is in `data`.
 *
 *     export default (({ brokers }) => ({
 *       topology: playsPerSong(),
 *       options: { applicationId: 'trends', client: createKafkaClient({ brokers, clientId: 'trends' }), … },
 *     })) satisfies StreamsModule<{ readonly brokers: readonly string[] }>;
 */
export type StreamsModule<D = undefined> = (data: D) => StreamsDefinition | Promise<StreamsDefinition>;

/** @throws StreamsError `INVALID_MODULE`, and what the module's function throws */
export async function loadModule(url: string, data: unknown): Promise<StreamsDefinition> {
  let make: unknown;
  try {
    make = ((await import(url)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw invalid(`${url} cannot be imported: ${toError(error).message}`, error);
  }
  if (typeof make !== 'function') {
    throw invalid(`${url} has no function as its default export: write it as a StreamsModule`);
  }
  const made: unknown = await (make as StreamsModule<unknown>)(data);
  if (!isDefinition(made)) {
    throw invalid(`the default export of ${url} has returned no { topology, options }`);
  }
  return made;
}

export function invalid(what: string, cause?: unknown): StreamsError {
  return new StreamsError('INVALID_MODULE', what, cause === undefined ? {} : { cause });
}

function isDefinition(made: unknown): made is StreamsDefinition {
  const { topology, options } = (made ?? {}) as Partial<Record<keyof StreamsDefinition, unknown>>;
  return typeof topology === 'object' && topology !== null && typeof options === 'object' && options !== null;
}
