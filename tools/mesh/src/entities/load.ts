import { createEntity, type ChangeOptions } from './change.js';
import type { Entity } from './entity.js';

export interface LoadOptions extends ChangeOptions {
  /** Requests under way at once; default 16. */
  readonly concurrency?: number;
  /** Called after each entity, with how many are there. */
  readonly onProgress?: (loaded: number) => void;
}

export interface Loaded {
  readonly created: number;
  /** Were there from an earlier run. */
  readonly existed: number;
}

/** Creates all entities through their owners' APIs. @throws ChangeError on the first that is refused */
export async function loadEntities(
  entities: Iterable<Entity> | AsyncIterable<Entity>,
  options: LoadOptions,
): Promise<Loaded> {
  const { concurrency = 16, onProgress } = options;
  const queue = one(entities);
  const failed = new AbortController();
  let created = 0;
  let existed = 0;
  const worker = async (): Promise<void> => {
    for (let next = await queue.next(); next.done !== true; next = await queue.next()) {
      failed.signal.throwIfAborted();
      if (await createEntity(next.value, { ...options, signal: failed.signal })) created += 1;
      else existed += 1;
      onProgress?.(created + existed);
    }
  };
  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.all(workers);
  return { created, existed };
}

/** One generator that all workers take from: its calls of `next` queue up, which those of an iterator need not. */
async function* one<T>(values: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* values;
}
