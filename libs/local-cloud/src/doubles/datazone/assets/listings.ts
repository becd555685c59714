import type { Call, Operation } from '../../framework/types.js';
import type { Asset, AssetRevision, Listing } from '../entities.js';
import { conflict, invalid, notFound } from '../errors.js';
import { caller, defined, type Identified, type InDomain, type Plane } from '../plane.js';
import { newId } from '../state.js';

interface ChangeSetInput extends InDomain {
  readonly entityIdentifier: string;
  readonly entityType: 'ASSET' | 'DATA_PRODUCT';
  readonly entityRevision?: string;
  readonly action: 'PUBLISH' | 'UNPUBLISH';
  readonly clientToken?: string;
}

/** Listings: what is published of an asset. Publishing it again is a new revision of its one listing. */
export function listingOperations(plane: Plane): Record<string, Operation> {
  const { state } = plane;
  return {
    CreateListingChangeSet: (input: ChangeSetInput, call: Call) => {
      const { domainIdentifier: domainId, entityRevision: revision } = input;
      const id = state.once('CreateListingChangeSet', input, () => {
        if (input.entityType !== 'ASSET') throw invalid('The double has no data products');
        const asset = state.get('asset', domainId, input.entityIdentifier);
        const listing = listingOf(plane, asset);
        if (revision !== undefined && !asset.revisions.some((one) => one.revision === revision))
          throw notFound(`revision ${revision} of the asset`, asset.id);
        if (input.action === 'PUBLISH') {
          const published = publish(asset, revision, listing, call.now());
          return { id: published.id, saved: [['listing', published]] };
        }
        if (listing?.active !== true) throw conflict(`The asset ${asset.id} is not published`);
        return {
          id: listing.id,
          saved: [['listing', { ...listing, active: false, updatedMs: call.now() }]],
        };
      });
      const listing = state.get('listing', domainId, id);
      return { listingId: id, listingRevision: String(listing.revision), status: statusOf(listing) };
    },
    GetListing: (input: Identified & { listingRevision?: string }) => {
      const listing = state.get('listing', input.domainIdentifier, input.identifier);
      const { asset, revision } = publishedOf(plane, listing);
      return defined({
        domainId: listing.domainId,
        id: listing.id,
        listingRevision: String(listing.revision),
        name: revision.name.slice(0, 64),
        description: revision.description,
        status: statusOf(listing),
        createdAt: new Date(listing.createdMs),
        updatedAt: new Date(listing.updatedMs),
        createdBy: caller,
        item: {
          assetListing: {
            assetId: asset.id,
            assetRevision: revision.revision,
            assetType: asset.typeName,
            createdAt: new Date(asset.createdMs),
            forms: formsText(revision),
            owningProjectId: asset.projectId,
          },
        },
      });
    },
    DeleteListing: ({ domainIdentifier, identifier }: Identified) => {
      state.get('listing', domainIdentifier, identifier);
      state.change({ removed: [['listing', identifier]] });
      return {};
    },
  };
}

/** The listing an asset has or had. */
export const listingOf = ({ state }: Plane, asset: Asset): Listing | undefined =>
  state.list('listing', asset.domainId).find(({ assetId }) => assetId === asset.id);

/** The listing after a revision, by default the newest, was published. */
export function publish(
  asset: Asset,
  revision: string | undefined,
  listing: Listing | undefined,
  now: number,
): Listing {
  return {
    id: listing?.id ?? newId(),
    domainId: asset.domainId,
    assetId: asset.id,
    assetRevision: revision ?? asset.revisions.at(-1)?.revision ?? '1',
    revision: (listing?.revision ?? 0) + 1,
    projectId: asset.projectId,
    active: true,
    createdMs: listing?.createdMs ?? now,
    updatedMs: now,
  };
}

/** What of an asset a listing shows. */
export function publishedOf(
  { state }: Plane,
  listing: Listing,
): { readonly asset: Asset; readonly revision: AssetRevision } {
  const asset = state.get('asset', listing.domainId, listing.assetId);
  const revision = asset.revisions.find((one) => one.revision === listing.assetRevision);
  if (revision === undefined) throw notFound(`revision ${listing.assetRevision} of the asset`, asset.id);
  return { asset, revision };
}

/** All forms as one JSON text by their names, which is how listings carry them. */
export const formsText = ({ forms }: AssetRevision): string =>
  JSON.stringify(Object.fromEntries(forms.map(({ formName, content }) => [formName, JSON.parse(content)])));

const statusOf = ({ active }: Listing) => (active ? 'ACTIVE' : 'INACTIVE');
