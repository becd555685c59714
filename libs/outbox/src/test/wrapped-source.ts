import type { OutboxBatch, OutboxLease, OutboxSource } from '../source.js';

/** What a test does at points of the relay's way that it can't see from outside. */
export interface Points {
  readonly afterRead?: (batch: OutboxBatch) => Promise<void>;
  readonly beforeRemove?: (batch: OutboxBatch) => Promise<void>;
}

export function wrapped(source: OutboxSource, { afterRead, beforeRemove }: Points): OutboxSource {
  return {
    name: source.name,
    stats: () => source.stats(),
    acquire: async (signal, taken) => {
      const lease = await source.acquire(signal, taken);
      const wrapper: OutboxLease = {
        readBatch: async (limit) => {
          const batch = await lease.readBatch(limit);
          await afterRead?.(batch);
          return batch;
        },
        remove: async (batch) => {
          await beforeRemove?.(batch);
          await lease.remove(batch);
        },
        setAside: (event, reason) => lease.setAside(event, reason),
        wait: (maxMs, signal) => lease.wait(maxMs, signal),
        release: () => lease.release(),
      };
      return wrapper;
    },
  };
}
