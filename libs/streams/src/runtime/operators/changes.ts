import type { GoOn } from '../../state/pending-changes.js';
import type { StateStore } from '../../state/ports.js';

/**
 * Has a store's changes go on when they are flushed, each entry's once, with the context of the last record that made it.
 *
 * @returns false where the store holds nothing back: the operator is to let each change go on itself
 */
export function goesOnAtFlush(store: StateStore, node: string, goOn: GoOn): boolean {
  store.changes?.listen(node, goOn);
  return store.changes !== undefined;
}
