import type { Table } from './table.js';
import type { Item } from './values.js';

/**
 * The items of transactions under way: whatever else wants to write one of them conflicts.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export class Locks {
  readonly #held = new Set<string>();

  isHeld(table: Table, key: Item): boolean {
    return this.#held.has(address(table, key));
  }

  hold(table: Table, key: Item): void {
    this.#held.add(address(table, key));
  }

  release(table: Table, key: Item): void {
    this.#held.delete(address(table, key));
  }
}

function address(table: Table, key: Item): string {
  return `${table.definition.name} ${table.address(key)}`;
}
