import { randomBytes } from 'node:crypto';
import { ModelledError, type Call, type DoubleOptions } from '../../framework/types.js';
import type { DataStore } from '../data/data-store.js';
import { alreadyExists, inUse } from '../errors.js';
import type { PersonalizeSettings } from '../settings.js';
import type { Kind, Resource, Resources } from './resources.js';

/** What the operations of the control plane share. */
export interface ControlPlane {
  readonly options: DoubleOptions;
  readonly settings: PersonalizeSettings;
  readonly resources: Resources;
  readonly data: DataStore;
}

/** A short id as those in the ARNs of trackers and solution versions. */
export const shortId = () => randomBytes(4).toString('hex');

export const arnOf = ({ options }: ControlPlane, call: Call, resource: string) =>
  `arn:aws:personalize:${call.region}:${options.accountId}:${resource}`;

/** Adds a resource that did not exist. @throws ModelledError `ResourceAlreadyExistsException` */
export function create(
  { resources }: ControlPlane,
  call: Call,
  given: Pick<Resource, 'kind' | 'arn' | 'name' | 'parent' | 'members'>,
): Resource {
  const now = call.now();
  if (resources.find(given.kind, given.arn, now)) {
    throw alreadyExists(`Another resource with Arn ${given.arn} already exists.`);
  }
  const resource = { ...given, createdMs: now, updatedMs: now };
  resources.save(resource);
  return resource;
}

/** @throws ModelledError `LimitExceededException` where there are as many as a quota allows */
export function checkQuota(
  { resources }: ControlPlane,
  call: Call,
  kind: Kind,
  quota: number,
  where: (other: Resource) => boolean = () => true,
): void {
  if (resources.list(kind, call.now()).filter(where).length < quota) return;
  throw new ModelledError(
    'LimitExceededException',
    `The quota of ${quota} resources of type ${kind} is reached`,
  );
}

/** @throws ModelledError `ResourceInUseException` where other resources depend on one that is to be deleted */
export function checkUnused(
  { resources }: ControlPlane,
  call: Call,
  arn: string,
  kind: Kind,
  uses: (other: Resource) => boolean,
): void {
  const user = resources.list(kind, call.now()).find(uses);
  if (user) throw inUse(`${arn} is used by ${user.arn}: delete that first`);
}

/** Deletes what is neither being created nor deleted. */
export function deleteResource({ resources }: ControlPlane, call: Call, resource: Resource): void {
  const now = call.now();
  const status = resources.status(resource, now);
  if (status.startsWith('DELETE') || status === 'CREATE PENDING' || status === 'CREATE IN_PROGRESS') {
    throw inUse(`${resource.arn} is in status ${status} and cannot be deleted`);
  }
  resources.delete(resource, now);
}

/** A resource as Describe and List answer it. */
export function view({ resources }: ControlPlane, call: Call, resource: Resource): Record<string, unknown> {
  return {
    ...resource.members,
    name: resource.name,
    status: resources.status(resource, call.now()),
    creationDateTime: new Date(resource.createdMs),
    lastUpdatedDateTime: new Date(resource.updatedMs),
    ...(resource.failureReason !== undefined && { failureReason: resource.failureReason }),
  };
}

/** The members of a view that a summary has. */
export const pick = (members: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  Object.fromEntries(
    names.filter((name) => members[name] !== undefined).map((name) => [name, members[name]]),
  );

/** How List operations are asked for a page. */
export interface Paging {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** One page of a list: `nextToken` holds how many were given before. */
export function page<T>(
  all: readonly T[],
  { nextToken, maxResults = 100 }: Paging,
): { readonly page: readonly T[]; readonly nextToken?: string } {
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0)
    throw new ModelledError('InvalidNextTokenException', 'The token is not valid.');
  const end = start + maxResults;
  const next = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { page: all.slice(start, end), ...(next !== undefined && { nextToken: next }) };
}
