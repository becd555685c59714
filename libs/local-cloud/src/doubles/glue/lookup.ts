import {
  invalidInput,
  registryNotFound,
  schemaNotFound,
  versionNotFound,
  type SchemaPlace,
} from './refusals.js';
import type { Registry, RegistryState, Schema, SchemaVersion } from './state.js';

export interface RegistryId {
  readonly RegistryName?: string;
  readonly RegistryArn?: string;
}

export interface SchemaId {
  readonly SchemaArn?: string;
  readonly SchemaName?: string;
  readonly RegistryName?: string;
}

export interface VersionNumber {
  readonly LatestVersion?: boolean;
  readonly VersionNumber?: number;
}

/** The registry that is meant where none is named; CreateSchema makes it when it is first needed. */
export const defaultRegistry = 'default-registry';

/** A registry's name out of its id, whether or not it exists. */
export function registryName(id: RegistryId | undefined): string {
  if (id?.RegistryName !== undefined && id.RegistryArn !== undefined) {
    throw invalidInput('One of registryName or registryArn has to be provided, both cannot be provided.');
  }
  return id?.RegistryName ?? id?.RegistryArn?.split('/').at(-1) ?? defaultRegistry;
}

/** @throws ModelledError `EntityNotFoundException`, or `InvalidInputException` for an id that says two things. */
export function findRegistry(state: RegistryState, id: RegistryId | undefined): Registry {
  const name = registryName(id);
  const registry = state.registries.get(name);
  if (registry !== undefined) return registry;
  throw id?.RegistryArn === undefined
    ? registryNotFound('registryName', name)
    : registryNotFound('registryArn', id.RegistryArn);
}

/** @throws ModelledError `EntityNotFoundException` («Schema is not found.») or `InvalidInputException`. */
export function findSchema(state: RegistryState, id: SchemaId, fallbackRegistry?: string): Schema {
  const { SchemaArn: arn, SchemaName: name } = id;
  const registry = id.RegistryName ?? (arn === undefined ? fallbackRegistry : undefined);
  if (arn !== undefined) {
    if (registry !== undefined || name !== undefined) {
      throw invalidInput(
        'One of (registryName and schemaName) or schemaArn has to be provided, both cannot be provided.',
      );
    }
    const schema = state.schemas.get(arn);
    if (schema === undefined) throw schemaNotFound({ arn });
    return schema;
  }
  if (registry === undefined || name === undefined) {
    throw invalidInput('At least one of (registryName and schemaName) or schemaArn has to be provided.');
  }
  const schema = state.schemasOf(registry).find((candidate) => candidate.name === name);
  if (schema === undefined) throw schemaNotFound({ registry, schema: name });
  return schema;
}

/** A schema's version by number, or the latest that is AVAILABLE. */
export function findVersion(
  state: RegistryState,
  schema: Schema,
  wanted: VersionNumber | undefined,
  now: number,
): SchemaVersion {
  const { LatestVersion: latest = false, VersionNumber: number } = wanted ?? {};
  if (latest && number !== undefined) {
    throw invalidInput('Only one of VersionNumber or LatestVersion is required.');
  }
  if (!latest && number === undefined) {
    throw invalidInput('One of version number (or) latest version is required.');
  }
  const version = latest
    ? latestVersion(state, schema, now)
    : state.versionsOf(schema.arn).find((candidate) => candidate.number === number);
  if (version === undefined) throw versionNotFound(placeOf(schema), number, latest);
  return version;
}

/** The newest version that is AVAILABLE. */
export function latestVersion(state: RegistryState, schema: Schema, now: number): SchemaVersion | undefined {
  return state.versionsOf(schema.arn).findLast((version) => statusOf(version, now) === 'AVAILABLE');
}

export const statusOf = (version: SchemaVersion, now: number): 'PENDING' | 'AVAILABLE' | 'FAILURE' =>
  now < version.decidedAt ? 'PENDING' : version.verdict;

export const placeOf = (schema: Schema): SchemaPlace => ({ registry: schema.registry, schema: schema.name });

/** A page of at most `max` entries, 25 where nothing is said; the token is the position of the next. */
export function page<T>(
  items: readonly T[],
  max: number | undefined,
  token: string | undefined,
): { entries: readonly T[]; token: { NextToken?: string } } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString('utf8'));
  if (!Number.isInteger(start) || start < 0) throw invalidInput('The continuation token is not valid.');
  const end = start + (max ?? 25);
  const more = end < items.length;
  const next = Buffer.from(String(end)).toString('base64url');
  return { entries: items.slice(start, end), token: more ? { NextToken: next } : {} };
}
