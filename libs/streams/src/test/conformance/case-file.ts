import type { Case, CaseFile, CaseNode } from './cases.js';
import { STREAM_OPS, TABLE_OPS } from './extended-cases.js';

/** A file that is not one of cases. The message says where and what. */
export class CaseFileError extends Error {
  override readonly name = 'CaseFileError';
}

type Fields = Readonly<Record<string, Check>>;
/** @returns what a value should be instead, or `undefined` where it is right */
type Check = (value: unknown) => string | undefined;
type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a file of cases. Its shape is checked; whether windows and graces go together, and topics are read, the topology
 * says. Fields that are not known are left out, as by the oracle.
 *
 * @throws CaseFileError
 */
export function parseCases(text: string): CaseFile {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CaseFileError(`not JSON: ${(error as Error).message}`, { cause: error });
  }
  const { cases } = isObject(file) ? file : {};
  if (!Array.isArray(cases)) throw new CaseFileError(`no list of cases: ${shown(file)}`);
  return { cases: cases.map((given, index) => checkCase(given, index)) };
}

function checkCase(given: unknown, index: number): Case {
  if (!isObject(given)) throw new CaseFileError(`case ${index}: ${shown(given)} is not an object`);
  // As the oracle prints it.
  const { name: named = '' } = given;
  const name = typeof named === 'string' ? named : shown(named);
  const where = `case ${index} ${JSON.stringify(name)}`;
  check(where, given, CASE);
  for (const [at, node] of (given['nodes'] as readonly unknown[]).entries())
    checkNode(`${where}, node ${at}`, node);
  for (const [at, input] of (given['inputs'] as readonly unknown[]).entries()) {
    const place = `${where}, input ${at}`;
    if (!isObject(input)) throw new CaseFileError(`${place}: ${shown(input)} is not an object`);
    check(place, input, 'advanceWallClockMs' in input ? WALL_CLOCK : RECORD);
  }
  return { ...(given as unknown as Case), name };
}

function checkNode(where: string, node: unknown): void {
  if (!isObject(node)) throw new CaseFileError(`${where}: ${shown(node)} is not an object`);
  const { op } = node;
  const fields = typeof op === 'string' && Object.hasOwn(NODES, op) ? NODES[op as CaseNode['op']] : undefined;
  if (fields === undefined) {
    const known = Object.keys(NODES).join(', ');
    throw new CaseFileError(`${where}: op is ${shown(op)}; it is to be one of ${known}`);
  }
  check(`${where} (${String(op)})`, node, fields);
}

function check(where: string, given: Json, fields: Fields): void {
  for (const [field, wanted] of Object.entries(fields)) {
    const value = given[field];
    const expected = wanted(value);
    if (expected !== undefined)
      throw new CaseFileError(`${where}: ${field} is ${shown(value)}; it is to be ${expected}`);
  }
}

const topic: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : "a topic's name");
const time: Check = (value) => (Number.isSafeInteger(value) ? undefined : 'a whole number of milliseconds');
const timestamp: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'a whole number of milliseconds, 0 or more';
const list: Check = (value) => (Array.isArray(value) ? undefined : 'a list');
/** Numbers and such are read as text: of those that are not whole, it is not known how they were written. */
const scalar: Check = (value) =>
  (typeof value === 'object' && value !== null) || (typeof value === 'number' && !Number.isSafeInteger(value))
    ? 'a string'
    : undefined;
const count: Check = (value) => (Number.isSafeInteger(value) ? undefined : 'a whole number');
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
const scalars: Check = (value) =>
  isObject(value) && Object.values(value).every((of) => scalar(of) === undefined)
    ? undefined
    : 'an object of strings';

function oneOf(...known: readonly string[]): Check {
  return (value) => (known.includes(value as string) ? undefined : `one of ${known.join(', ')}`);
}

function listOf(...known: readonly string[]): Check {
  return (value) =>
    Array.isArray(value) && value.every((of) => known.includes(of as string))
      ? undefined
      : `a list of ${known.join(', ')}`;
}

function maybe(wanted: Check): Check {
  return (value) => (value === undefined ? undefined : wanted(value));
}

function orNull(wanted: Check): Check {
  return (value) => (value === undefined || value === null ? undefined : wanted(value));
}

const CASE: Fields = { name: scalar, nodes: list, inputs: list, store: scalar, config: orNull(scalars) };
const RECORD: Fields = { topic, ts: timestamp, key: scalar, value: scalar, headers: orNull(scalars) };
const WALL_CLOCK: Fields = { advanceWallClockMs: timestamp };

const aggregated: Fields = { in: topic, out: topic, agg: maybe(oneOf('count', 'concat')) };
const bounded: Fields = {
  suppressTimeLimitMs: maybe(time),
  suppressMaxRecords: maybe(count),
  suppressMaxBytes: maybe(count),
  suppressWhenFull: maybe(oneOf('emitEarly', 'shutDown')),
};
const windowed: Fields = {
  ...aggregated,
  ...bounded,
  graceMs: maybe(time),
  emit: maybe(oneOf('update', 'suppress', 'onWindowClose')),
};
const joining: Fields = {
  left: topic,
  right: topic,
  out: topic,
  type: maybe(oneOf('inner', 'left', 'outer')),
};
const tables: Fields = { versionedHistoryMs: maybe(time) };

const NODES: Readonly<Record<CaseNode['op'], Fields>> = {
  timeWindow: { ...windowed, sizeMs: time, advanceMs: maybe(time) },
  slidingWindow: { ...windowed, sizeMs: time },
  sessionWindow: { ...windowed, gapMs: time },
  streamStreamJoin: { ...joining, beforeMs: maybe(time), afterMs: maybe(time), graceMs: maybe(time) },
  streamTableJoin: { ...joining, ...tables, joinGraceMs: maybe(time) },
  tableTableJoin: { ...joining, ...tables },
  foreignKeyJoin: { ...joining, ...tables },
  tableGroupBy: { in: topic, out: topic, ...tables },
  aggregate: { ...aggregated, ...bounded },
  cogroup: {
    left: topic,
    right: topic,
    out: topic,
    sizeMs: maybe(time),
    gapMs: maybe(time),
    graceMs: maybe(time),
  },
  globalTableJoin: joining,
  unlimitedWindow: { ...aggregated, startMs: maybe(time) },
  process: { in: topic, out: topic, streamEveryMs: maybe(time), wallEveryMs: maybe(time) },
  tableOps: { in: topic, out: topic, ops: listOf(...TABLE_OPS), stored: maybe(flag), ...tables },
  streamOps: { in: topic, out: topic, ops: listOf(...STREAM_OPS), right: maybe(topic) },
};

/** Every kind of node that there is. */
export const NODE_KINDS = Object.keys(NODES).sort();

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    // It reads what is nested deeper than it writes.
    text = 'nested too deeply';
  }
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
