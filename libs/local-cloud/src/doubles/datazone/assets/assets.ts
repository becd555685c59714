import type { Call, Operation } from '../../framework/types.js';
import type { Asset, AssetRevision } from '../entities.js';
import { conflict, invalid, notFound } from '../errors.js';
import {
  caller,
  checkQuota,
  defined,
  page,
  type Identified,
  type InDomain,
  type Paging,
  type Plane,
} from '../plane.js';
import { newId } from '../state.js';
import { checkForms, type FormInput } from './forms.js';
import { listingOf } from './listings.js';
import { assetType } from './types.js';

interface RevisionInput {
  readonly name: string;
  readonly description?: string;
  readonly typeRevision?: string;
  readonly formsInput?: readonly FormInput[];
  readonly glossaryTerms?: readonly string[];
  readonly clientToken?: string;
}

interface CreateInput extends InDomain, RevisionInput {
  readonly typeIdentifier: string;
  readonly externalIdentifier?: string;
  readonly owningProjectIdentifier: string;
}

/** Assets and their revisions, which count from 1. An external identifier must be unique within the project. */
export function assetOperations(plane: Plane): Record<string, Operation> {
  const { state, settings } = plane;
  const described = (asset: Asset, revision: AssetRevision) => {
    const listing = listingOf(plane, asset);
    return defined({
      id: asset.id,
      domainId: asset.domainId,
      name: revision.name,
      description: revision.description,
      typeIdentifier: asset.typeName,
      typeRevision: revision.typeRevision,
      externalIdentifier: asset.externalId,
      revision: revision.revision,
      owningProjectId: asset.projectId,
      glossaryTerms: revision.glossaryTerms,
      formsOutput: revision.forms,
      createdAt: new Date(revision.createdMs),
      createdBy: caller,
      firstRevisionCreatedAt: new Date(asset.createdMs),
      firstRevisionCreatedBy: caller,
      listing: listing && {
        listingId: listing.id,
        listingStatus: listing.active ? 'ACTIVE' : 'INACTIVE',
      },
    });
  };
  const revisionOf = (asset: Asset, revision: string | undefined): AssetRevision => {
    const found =
      revision === undefined
        ? asset.revisions.at(-1)
        : asset.revisions.find((candidate) => candidate.revision === revision);
    if (found === undefined) throw notFound(`revision ${revision} of the asset`, asset.id);
    return found;
  };
  return {
    CreateAsset: (input: CreateInput, call: Call) => {
      const { domainIdentifier: domainId, owningProjectIdentifier: projectId } = input;
      const id = state.once('CreateAsset', input, () => {
        state.get('project', domainId, projectId);
        const type = assetType(state, domainId, input.typeIdentifier);
        if (type === undefined) throw notFound('asset type', input.typeIdentifier);
        const assets = state.list('asset', domainId);
        const { externalIdentifier: externalId } = input;
        const taken = assets.some(
          (other) => other.projectId === projectId && other.externalId === externalId,
        );
        if (externalId !== undefined && taken)
          throw conflict(`An asset with the external identifier "${externalId}" exists`);
        checkQuota(assets.length, settings.maxAssets, 'assets');
        const now = call.now();
        const asset: Asset = {
          ...{ id: newId(), domainId, projectId, typeName: type.name, createdMs: now, updatedMs: now },
          ...(externalId !== undefined && { externalId }),
          revisions: [revise(plane, domainId, type.name, input, 1, now)],
        };
        return { id: asset.id, saved: [['asset', asset]] };
      });
      const asset = state.get('asset', domainId, id);
      return described(asset, revisionOf(asset, '1'));
    },
    CreateAssetRevision: (input: Identified & RevisionInput, call: Call) => {
      const { domainIdentifier: domainId, identifier } = input;
      // What a token made is a revision: its number is kept in front of the asset's id.
      const made = state.once('CreateAssetRevision', input, () => {
        const asset = state.get('asset', domainId, identifier);
        const number = asset.revisions.length + 1;
        const now = call.now();
        const revision = revise(plane, domainId, asset.typeName, input, number, now);
        const revisions = [...asset.revisions, revision];
        return { id: String(number), saved: [['asset', { ...asset, updatedMs: now, revisions }]] };
      });
      const asset = state.get('asset', domainId, identifier);
      return described(asset, revisionOf(asset, made));
    },
    GetAsset: ({ domainIdentifier, identifier, revision }: Identified & { revision?: string }) => {
      const asset = state.get('asset', domainIdentifier, identifier);
      return described(asset, revisionOf(asset, revision));
    },
    /** The newest first. */
    ListAssetRevisions: (input: Identified & Paging) => {
      const { id, domainId, revisions } = state.get('asset', input.domainIdentifier, input.identifier);
      const all = revisions.map(({ revision, createdMs }) => ({
        ...{ domainId, id, revision, createdBy: caller },
        createdAt: new Date(createdMs),
      }));
      return page(all.reverse(), input);
    },
    DeleteAsset: ({ domainIdentifier, identifier }: Identified) => {
      const asset = state.get('asset', domainIdentifier, identifier);
      if (listingOf(plane, asset)?.active === true) throw conflict(`The asset ${identifier} is published`);
      state.change({ removed: [['asset', identifier]] });
      return {};
    },
  };
}

function revise(
  { state }: Plane,
  domainId: string,
  typeName: string,
  input: RevisionInput,
  number: number,
  now: number,
): AssetRevision {
  const type = assetType(state, domainId, typeName);
  if (type === undefined) throw invalid(`The asset type ${typeName} does not exist`);
  if (input.typeRevision !== undefined && input.typeRevision !== type.revision)
    throw invalid(`The asset type ${typeName} has no revision ${input.typeRevision}`);
  return defined({
    revision: String(number),
    name: input.name,
    description: input.description,
    typeRevision: type.revision,
    forms: checkForms(state, domainId, type, input.formsInput ?? []),
    glossaryTerms: input.glossaryTerms,
    createdMs: now,
  });
}
