import { compare, identity, invalid, sizeOfItem, typeOf, type AttributeValue, type Item } from './values.js';

export type KeyType = 'S' | 'N' | 'B';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** A table as it was created. */
export interface TableDefinition {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute;
  readonly billingMode: 'PAY_PER_REQUEST' | 'PROVISIONED';
  readonly readUnits: number;
  readonly writeUnits: number;
}

const MAX_ITEM_BYTES = 400 * 1024;
const MAX_KEY_BYTES = { partition: 2048, sort: 1024 };

/** A table's items: by partition key, and within one in the order of the sort key. */
export class Table {
  readonly definition: TableDefinition;
  readonly #partitions = new Map<string, Item[]>();

  constructor(definition: TableDefinition) {
    this.definition = definition;
  }

  get keyNames(): readonly string[] {
    const { partitionKey, sortKey } = this.definition;
    return sortKey === undefined ? [partitionKey.name] : [partitionKey.name, sortKey.name];
  }

  get count(): number {
    let count = 0;
    for (const items of this.#partitions.values()) count += items.length;
    return count;
  }

  /** The key of an item, checked. @throws ModelledError ValidationException */
  keyOf(item: Item): Item {
    const { partitionKey, sortKey } = this.definition;
    const key: Record<string, AttributeValue> = {
      [partitionKey.name]: keyValue(item, partitionKey, MAX_KEY_BYTES.partition),
    };
    if (sortKey !== undefined) key[sortKey.name] = keyValue(item, sortKey, MAX_KEY_BYTES.sort);
    return key;
  }

  /** A key as a caller gives it: all of its attributes and no others. @throws ModelledError ValidationException */
  givenKey(key: Item): Item {
    if (Object.keys(key).length !== this.keyNames.length) throw keyMismatch();
    for (const name of this.keyNames) if (!Object.hasOwn(key, name)) throw keyMismatch();
    return this.keyOf(key);
  }

  /** Tells the items of this table apart. */
  address(key: Item): string {
    return this.keyNames.map((name) => identity(key[name] ?? {})).join(' ');
  }

  get(key: Item): Item | undefined {
    const items = this.partition(key);
    const index = this.#position(items, key);
    const found = items[index];
    return found !== undefined && this.#order(found, key) === 0 ? found : undefined;
  }

  put(item: Item): void {
    const partition = this.#partitionOf(item);
    const items = this.#partitions.get(partition) ?? [];
    this.#partitions.set(partition, items);
    const index = this.#position(items, item);
    const found = items[index];
    items.splice(index, found !== undefined && this.#order(found, item) === 0 ? 1 : 0, item);
  }

  delete(key: Item): void {
    const partition = this.#partitionOf(key);
    const items = this.#partitions.get(partition);
    if (items === undefined) return;
    const index = this.#position(items, key);
    const found = items[index];
    if (found === undefined || this.#order(found, key) !== 0) return;
    items.splice(index, 1);
    if (items.length === 0) this.#partitions.delete(partition);
  }

  /** The items of one partition, in order. */
  partition(key: Item): readonly Item[] {
    return this.#partitions.get(this.#partitionOf(key)) ?? [];
  }

  /** Every item: partitions in no order that means anything, but always the same. */
  *items(): Iterable<Item> {
    for (const items of this.#partitions.values()) yield* items;
  }

  /** @throws ModelledError ValidationException for an item that is too large */
  ensureFits(item: Item): void {
    if (sizeOfItem(item) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
  }

  #partitionOf(item: Item): string {
    return identity(item[this.definition.partitionKey.name] ?? {});
  }

  /** Where an item with this key is, or would be. */
  #position(items: readonly Item[], key: Item): number {
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = items[middle];
      if (item !== undefined && this.#order(item, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #order(a: Item, b: Item): number {
    const name = this.definition.sortKey?.name;
    if (name === undefined) return 0;
    return compare(a[name] ?? {}, b[name] ?? {}) ?? 0;
  }
}

function keyValue(item: Item, { name, type }: KeyAttribute, maxBytes: number): AttributeValue {
  const value = item[name];
  if (value === undefined) {
    throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`);
  }
  if (typeOf(value) !== type) {
    throw invalid(
      `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`,
    );
  }
  const bytes = value.S === undefined ? value.B?.length : Buffer.byteLength(value.S);
  if (bytes === 0) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
    );
  }
  if (bytes !== undefined && bytes > maxBytes) {
    throw invalid(`One or more parameter values were invalid: Size of key ${name} exceeds ${maxBytes} bytes`);
  }
  return value;
}

const keyMismatch = () => invalid('The provided key element does not match the schema');
