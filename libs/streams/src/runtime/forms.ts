import type { Deserializer, Serializer } from '../serde.js';

/** How a key, or a value, travels between two operators. */
export interface Form {
  /** Still the source record's bytes, in the format of `origin`. */
  readonly raw: boolean;
  /** The serde whose bytes of it the source record still holds; absent once a function has changed it. */
  readonly origin: Deserializer<unknown> | undefined;
}

export interface Edge {
  readonly key: Form;
  readonly value: Form;
}

/** Made by a function: there are no bytes of it. */
export const FRESH: Form = { raw: false, origin: undefined };

/** What can be said of a stream that two edges flow into. */
export function join(one: Edge, other: Edge): Edge {
  return { key: joinForms(one.key, other.key), value: joinForms(one.value, other.value) };
}

function joinForms(one: Form, other: Form): Form {
  if (one.origin !== other.origin) return FRESH;
  return { raw: one.raw && other.raw, origin: one.origin };
}

/** Whether the source record's bytes are what this serializer would write. */
export function isEncodedBy(form: Form, serializer: Serializer<unknown>): boolean {
  const origin: unknown = form.origin;
  return origin === serializer;
}
