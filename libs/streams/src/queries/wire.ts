import type { Position } from '../runtime/queries/position.js';
import {
  isFailure,
  StateQueryError,
  type PartitionAnswer,
  type PartitionFailure,
  type Staleness,
  type StateEntry,
  type StateQuery,
  type StateQueryRequest,
} from '../runtime/queries/query.js';

/*
 * Queries and answers in JSON: bytes are base64, all else is as the types have it.
 *
 *     { "application": "trends", "store": "plays", "query": { "type": "key", "key": "c29uZy0x" }, "limit": 100 }
 *     { "results": [ { "partition": 2, "instance": "10.0.0.7:8081", "role": "active",
 *                      "position": { "plays-in": { "2": 4711 } }, "entries": [ … ] } ] }
 */

/** A query to the whole application. Without `staleness`, only tasks that process answer. */
export interface ApplicationQuery extends Omit<StateQueryRequest, 'requireActive'> {
  /** Whether partitions that fail are left to the caller; default false: one that fails, fails the query. */
  readonly partial?: boolean;
}

/** What a partition answered, and which instance it was. */
export type InstanceResult = (PartitionAnswer | PartitionFailure) & { readonly instance?: string };

/** What is not understood; the message says what is wrong with it. */
function invalid(message: string, options?: { cause?: unknown }): StateQueryError {
  return new StateQueryError('INVALID_QUERY', message, options);
}

type Field = 'bytes' | 'time';

const FIELDS: Readonly<Record<StateQuery['type'], Readonly<Record<string, Field>>>> = {
  key: { key: 'bytes' },
  range: { from: 'bytes', to: 'bytes', prefix: 'bytes' },
  windowKey: { key: 'bytes', from: 'time', to: 'time' },
  windowRange: { from: 'time', to: 'time' },
  session: { key: 'bytes', earliestEnd: 'time', latestStart: 'time' },
  versionedKey: { key: 'bytes', asOf: 'time' },
  multiVersionedKey: { key: 'bytes', from: 'time', to: 'time' },
};

export function encodeRequest(application: string, request: ApplicationQuery): string {
  const { cursor, query } = request;
  return JSON.stringify({
    ...request,
    application,
    query: Object.fromEntries(
      Object.entries(query).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? toBase64(value) : (value as unknown),
      ]),
    ),
    ...(cursor === undefined ? {} : { cursor: toBase64(cursor) }),
  });
}

/** @throws StateQueryError `INVALID_QUERY` */
export function decodeRequest(text: string): {
  readonly application: string;
  readonly request: ApplicationQuery;
} {
  const data = object('the request', parse(text));
  const { cursor, partitions, limit, limitBytes, partial, staleness, positionBound } = data;
  return {
    application: string('application', data['application']),
    request: {
      store: string('store', data['store']),
      query: decodeQuery(object('query', data['query'])),
      ...(partitions === undefined ? {} : { partitions: list('partitions', partitions) }),
      ...(limit === undefined ? {} : { limit: integer('limit', limit, 1) }),
      ...(limitBytes === undefined ? {} : { limitBytes: integer('limitBytes', limitBytes, 1) }),
      ...(cursor === undefined ? {} : { cursor: fromBase64('cursor', cursor) }),
      ...(partial === undefined ? {} : { partial: partial === true }),
      ...(staleness === undefined ? {} : { staleness: decodeStaleness(staleness) }),
      ...(positionBound === undefined ? {} : { positionBound: decodePosition(positionBound) }),
    },
  };
}

export function encodeResults(results: readonly InstanceResult[]): string {
  return JSON.stringify({
    results: results.map((result) => {
      if (isFailure(result)) return result;
      const { cursor, entries } = result;
      return {
        ...result,
        entries: entries.map(({ key, value, ...rest }) => {
          return { key: toBase64(key), value: toBase64(value), ...rest };
        }),
        ...(cursor === undefined ? {} : { cursor: toBase64(cursor) }),
      };
    }),
  });
}

/** Of another instance of this library, whose types are taken for granted. @throws StateQueryError `INVALID_QUERY` where it is none */
export function decodeResults(text: string): readonly InstanceResult[] {
  const { results } = object('the answer', parse(text));
  if (!Array.isArray(results)) throw invalid('the answer has no results');
  return (results as readonly EncodedResult[]).map((result): InstanceResult => {
    if ('failure' in result) return result;
    const { cursor, entries, ...rest } = result;
    return {
      ...rest,
      entries: entries.map(({ key, value, ...times }) => {
        return { key: fromBase64('key', key), value: fromBase64('value', value), ...times };
      }),
      ...(cursor === undefined ? {} : { cursor: fromBase64('cursor', cursor) }),
    };
  });
}

type EncodedEntry = Omit<StateEntry, 'key' | 'value'> & { readonly key: string; readonly value: string };
type EncodedResult =
  | (PartitionFailure & { readonly instance?: string })
  | (Omit<PartitionAnswer, 'entries' | 'cursor'> & {
      readonly instance?: string;
      readonly entries: readonly EncodedEntry[];
      readonly cursor?: string;
    });

function decodeQuery(data: Readonly<Record<string, unknown>>): StateQuery {
  const type = string('query.type', data['type']);
  const fields = Object.hasOwn(FIELDS, type) ? FIELDS[type as StateQuery['type']] : undefined;
  if (fields === undefined) {
    throw invalid(`query.type is ${type}: it takes ${Object.keys(FIELDS).join(', ')}`);
  }
  const query: Record<string, unknown> = { type };
  for (const [name, value] of Object.entries(data)) {
    if (name === 'type') continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw invalid(`a query of type ${type} has no ${name}`);
    query[name] =
      field === 'bytes'
        ? fromBase64(`query.${name}`, value)
        : integer(`query.${name}`, value, Number.MIN_SAFE_INTEGER);
  }
  if ('key' in fields && query['key'] === undefined) {
    throw invalid(`a query of type ${type} needs a key`);
  }
  return query as unknown as StateQuery;
}

function decodeStaleness(value: unknown): Staleness {
  const { maxLag, maxLagMs } = object('staleness', value);
  return {
    ...(maxLag === undefined ? {} : { maxLag: integer('staleness.maxLag', maxLag, 0) }),
    ...(maxLagMs === undefined ? {} : { maxLagMs: integer('staleness.maxLagMs', maxLagMs, 0) }),
  };
}

function decodePosition(value: unknown): Position {
  return Object.fromEntries(
    Object.entries(object('positionBound', value)).map(([topic, offsets]) => [
      topic,
      Object.fromEntries(
        Object.entries(object(`positionBound.${topic}`, offsets)).map(([partition, offset]) => [
          integer(`positionBound.${topic}`, Number(partition), 0),
          integer(`positionBound.${topic}.${partition}`, offset, -1),
        ]),
      ),
    ]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('this is no JSON', { cause });
  }
}

function object(what: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${what} is no object`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function string(what: string, value: unknown): string {
  if (typeof value !== 'string') throw invalid(`${what} is no string`);
  return value;
}

function integer(what: string, value: unknown, least: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw invalid(`${what} is no integer of at least ${least}`);
  }
  return value as number;
}

function list(what: string, value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw invalid(`${what} is no list`);
  return [...new Set(value.map((each) => integer(what, each, 0)))];
}

function toBase64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

function fromBase64(what: string, value: unknown): Uint8Array {
  const text = string(what, value);
  if (!BASE64.test(text)) throw invalid(`${what} is no base64`);
  return Buffer.from(text, 'base64');
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
