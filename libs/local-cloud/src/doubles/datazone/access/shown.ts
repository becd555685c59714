import { formsText, publishedOf } from '../assets/listings.js';
import type { Plane } from '../plane.js';

export interface Owner {
  readonly owningProjectId?: string;
  readonly owningUserId?: string;
  readonly owningGroupId?: string;
  readonly owningIamPrincipalArn?: string;
}

type Principal = Readonly<Record<string, unknown>>;

const identifierOf = (principal: Principal, kind: string): string | undefined =>
  (principal[kind] as { identifier?: string } | undefined)?.identifier;

/** A principal as answers have it. */
export function shownPrincipal({ state }: Plane, domainId: string, principal: Principal): object {
  const project = identifierOf(principal, 'project');
  if (project !== undefined) {
    const name = state.find('project', domainId, project)?.name;
    return { project: { id: project, ...(name !== undefined && { name }) } };
  }
  const iam = identifierOf(principal, 'iam');
  if (iam !== undefined) return { iam: { principalArn: iam } };
  const [kind = 'user'] = Object.keys(principal);
  return { [kind]: { id: identifierOf(principal, kind) } };
}

/** The listing that is subscribed to, as answers have it. */
export function shownListing(plane: Plane, domainId: string, listingId: string): object {
  const listing = plane.state.get('listing', domainId, listingId);
  const { asset, revision } = publishedOf(plane, listing);
  const owner = plane.state.find('project', domainId, asset.projectId)?.name;
  return {
    id: listing.id,
    revision: String(listing.revision),
    name: revision.name.slice(0, 64),
    description: revision.description ?? '',
    item: {
      assetListing: {
        entityId: asset.id,
        entityRevision: revision.revision,
        entityType: asset.typeName,
        forms: formsText(revision),
      },
    },
    ownerProjectId: asset.projectId,
    ...(owner !== undefined && { ownerProjectName: owner }),
  };
}

export const isOf = (wanted: string | undefined, found: string): boolean =>
  wanted === undefined || wanted === found;

export function ofPrincipal(principal: Principal, owner: Owner): boolean {
  const wanted = {
    project: owner.owningProjectId,
    user: owner.owningUserId,
    group: owner.owningGroupId,
    iam: owner.owningIamPrincipalArn,
  };
  return Object.entries(wanted).every(
    ([kind, id]) => id === undefined || identifierOf(principal, kind) === id,
  );
}
