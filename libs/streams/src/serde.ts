import type { Header } from '@mesh/kafka';

/** Turns values into bytes. `null` values never reach it: a null key or value stays null. */
export interface Serializer<T> {
  /**
   * What the bytes are, for people and for comparing topologies: serdes of one format read what each other writes.
   * Absent where a serde does not say.
   */
  readonly format?: string;
  serialize(topic: string, value: T, headers: readonly Header[]): Buffer;
}

/** Turns bytes into values; throws where they are none of its format. Null keys and values never reach it. */
export interface Deserializer<T> {
  /** See {@link Serializer.format}. */
  readonly format?: string;
  deserialize(topic: string, data: Buffer, headers: readonly Header[]): T;
  /**
   * Called before {@link deserialize}: where something must first be fetched (a schema not seen yet), the promise
   * for it, and the record waits; else `undefined`. A rejection with `retriable: true` on the error makes the
   * runtime wait and ask again; any other rejection is a deserialisation error of this record.
   */
  prepare?(topic: string, data: Buffer): Promise<void> | undefined;
}

export interface Serde<T> extends Serializer<T>, Deserializer<T> {}
