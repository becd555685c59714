import type { Operation } from '../../framework/types.js';
import { invalid } from '../errors.js';
import { caller, defined, page, type InDomain, type Paging, type Plane } from '../plane.js';
import { formsText, publishedOf } from './listings.js';

interface FilterClause {
  readonly filter?: {
    readonly attribute: string;
    readonly value?: string;
    readonly operator?: string;
  };
  readonly and?: readonly FilterClause[];
  readonly or?: readonly FilterClause[];
}

interface SearchInput extends InDomain, Paging {
  readonly searchText?: string;
  readonly searchIn?: readonly { readonly attribute: string }[];
  readonly filters?: FilterClause;
  readonly sort?: { readonly attribute: string; readonly order?: 'ASCENDING' | 'DESCENDING' };
  readonly additionalAttributes?: readonly string[];
}

/** What a search looks at of one hit. */
type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * Search over assets (the newest revision of each) and over listings that are active. The text must be in a name, a
 * description or a form, whatever the case; all words, in any order. AWS's search also follows a moment behind its
 * writes: who searches for what was just written must be prepared to miss it, and the double can be told to be late
 * too (`POST /_double/datazone/search-lag` with `{"ms": …}`).
 */
export function searchOperations(plane: Plane, searchLag: () => number): Record<string, Operation> {
  const { state, options } = plane;
  const seen = (createdMs: number) => createdMs + searchLag() <= options.now();
  return {
    Search: (input: SearchInput & { searchScope: string; owningProjectIdentifier?: string }) => {
      if (input.searchScope !== 'ASSET') throw invalid('The double searches for assets only');
      const hits = state.list('asset', input.domainIdentifier).flatMap((asset) => {
        const revision = asset.revisions.findLast(({ createdMs }) => seen(createdMs));
        if (revision === undefined) return [];
        if (![undefined, asset.projectId].includes(input.owningProjectIdentifier)) return [];
        const item = defined({
          domainId: asset.domainId,
          identifier: asset.id,
          name: revision.name,
          description: revision.description,
          typeIdentifier: asset.typeName,
          typeRevision: revision.typeRevision,
          externalIdentifier: asset.externalId,
          owningProjectId: asset.projectId,
          createdAt: new Date(revision.createdMs),
          createdBy: caller,
          firstRevisionCreatedAt: new Date(asset.createdMs),
          firstRevisionCreatedBy: caller,
          additionalAttributes: asks(input, 'FORMS') ? { formsOutput: revision.forms } : undefined,
        });
        const attributes = {
          ...{ name: revision.name, description: revision.description, typeName: asset.typeName },
          ...{ externalIdentifier: asset.externalId, owningProjectId: asset.projectId },
          forms: formsText(revision),
        };
        return [{ item: { assetItem: item }, attributes }];
      });
      return found(hits, input);
    },
    SearchListings: (input: SearchInput) => {
      const hits = state.list('listing', input.domainIdentifier).flatMap((listing) => {
        if (!listing.active || !seen(listing.updatedMs)) return [];
        const { asset, revision } = publishedOf(plane, listing);
        const item = defined({
          listingId: listing.id,
          listingRevision: String(listing.revision),
          name: revision.name,
          description: revision.description,
          entityId: asset.id,
          entityRevision: revision.revision,
          entityType: asset.typeName,
          owningProjectId: asset.projectId,
          createdAt: new Date(listing.createdMs),
          listingCreatedBy: caller,
          additionalAttributes: asks(input, 'FORMS') ? { forms: formsText(revision) } : undefined,
        });
        const attributes = {
          ...{ name: revision.name, description: revision.description, entityType: asset.typeName },
          ...{ owningProjectId: asset.projectId, forms: formsText(revision) },
        };
        return [{ item: { assetListing: item }, attributes }];
      });
      return found(hits, input);
    },
  };
}

const asks = ({ additionalAttributes = [] }: SearchInput, attribute: string) =>
  additionalAttributes.includes(attribute);

function found<T>(hits: readonly { item: T; attributes: Attributes }[], input: SearchInput) {
  const words = (input.searchText ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const within = input.searchIn?.map(({ attribute }) => attribute);
  const matching = hits.filter(({ attributes }) => {
    const text = Object.entries(attributes)
      .filter(([name]) => within === undefined || within.includes(name))
      .map(([, value]) => value?.toLowerCase() ?? '')
      .join('\n');
    return words.every((word) => text.includes(word)) && passes(input.filters, attributes);
  });
  const { sort } = input;
  if (sort !== undefined) {
    const sign = sort.order === 'DESCENDING' ? -1 : 1;
    matching.sort((a, b) => {
      const [left = '', right = ''] = [a.attributes[sort.attribute], b.attributes[sort.attribute]];
      return left < right ? -sign : left > right ? sign : 0;
    });
  }
  const { items, ...rest } = page(matching, input);
  return { ...rest, items: items.map(({ item }) => item), totalMatchCount: matching.length };
}

function passes(clause: FilterClause | undefined, attributes: Attributes): boolean {
  if (clause === undefined) return true;
  if (clause.and !== undefined) return clause.and.every((part) => passes(part, attributes));
  if (clause.or !== undefined) return clause.or.some((part) => passes(part, attributes));
  const { attribute = '', value = '', operator = 'EQ' } = clause.filter ?? {};
  if (!(attribute in attributes)) throw invalid(`There is no attribute "${attribute}" to filter by`);
  const actual = attributes[attribute];
  if (operator === 'EQ') return actual === value;
  if (operator === 'TEXT_SEARCH') return actual?.toLowerCase().includes(value.toLowerCase()) === true;
  throw invalid(`The double filters with EQ and TEXT_SEARCH, not with ${operator}`);
}
