import { CacheBudget, type Cache, type ChangeContext } from './pending-changes.js';

/** What stores are made with that hold nothing back: there is no record under way, and nobody to tell of failures. */
export function uncached(): Cache {
  const context: ChangeContext = { timestamp: 0, copyFrom: () => undefined, snapshot: () => context };
  const failed = (_node: string | undefined, error: unknown): void => {
    throw error;
  };
  return { host: { context, failed }, budget: new CacheBudget(0) };
}
