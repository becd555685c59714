import { CatalogError, isCode } from '../errors.js';
import type { SchemaRegistered } from '../events.js';
import type { AssetContent, Assets } from '../ports/datazone/assets.js';
import type { Places } from '../ports/datazone/places.js';
import type { GovernanceRole } from '../ports/governance.js';
import type { SchemaRegistry, SchemaVersion } from '../ports/schema-registry.js';
import type { Topic, TopicOfSchema } from '../ports/topics.js';
import type { Steps } from '../steps/steps.js';
import { clientToken } from '../tokens.js';
import type { Outcome } from './outcome.js';
import { findPlace, type Place, type PlaceNames } from './place.js';
import { topicForm, topicTypes, versionOfForm } from './topic-form.js';

export interface TopicSyncParts {
  readonly role: GovernanceRole;
  readonly places: Places;
  readonly assets: Assets;
  readonly schemas: SchemaRegistry;
  readonly topicOf: TopicOfSchema;
}

export interface TopicSyncNames extends PlaceNames {
  /** The schema registry of the mesh; events of others are not for it. */
  readonly registryName: string;
  readonly publish: boolean;
}

/** A topic with the versions of its schema that records may be under, the oldest first. */
interface Located {
  readonly topic: Topic;
  readonly schema: string;
  readonly versions: readonly SchemaVersion[];
}

/**
 * Brings the topic of a schema into the catalogue, with a revision of its asset for each version of the schema, in
 * their order. Which version the event was about is not used: a late event of an older version finds it done, and an
 * early one brings the versions before it along.
 */
export async function syncTopic(
  steps: Steps,
  parts: TopicSyncParts,
  names: TopicSyncNames,
  { registry, schema }: SchemaRegistered,
): Promise<Outcome> {
  const { assets, places } = parts;
  if (registry !== names.registryName) {
    return { kind: 'nothing', reason: `the registry ${registry} is not the mesh's, ${names.registryName}` };
  }
  const located = await steps.step('locate', () => locate(steps, parts, registry, schema));
  if (located === undefined) {
    return { kind: 'nothing', reason: `the schema ${schema} has no version that was accepted` };
  }
  const place = await findPlace(steps, parts.role, places, names);
  await steps.step('ensure-types', () => assets.ensureTypes(place.domain, place.project, topicTypes));
  const asset = await steps.step('ensure-asset', () => ensureAsset(parts, place, located));
  if (names.publish) await steps.step('publish', () => publish(assets, place.domain, asset));
  return { kind: 'done', detail: `topic ${located.topic.name} as asset ${asset}` };
}

async function locate(
  steps: Steps,
  { schemas, topicOf }: TopicSyncParts,
  registry: string,
  schema: string,
): Promise<Located | undefined> {
  const all = await steps.until(
    `the check of the newest version of the schema ${schema}`,
    () => schemas.versions(registry, schema),
    (seen) => seen?.some(({ status }) => status === 'PENDING') !== true,
  );
  const versions = (all ?? []).filter(({ status }) => status === 'AVAILABLE');
  if (versions.length === 0) return undefined;
  const topic = topicOf(schema);
  if (topic !== undefined) return { topic, schema: `${registry}/${schema}`, versions };
  throw new CatalogError(
    'MESH_CATALOG_NOT_FOUND',
    `no contract known here says which topic is under the schema ${schema}: deploy the catalogue's synchronisation with the contracts the schema was registered from, then send the event again`,
  );
}

async function ensureAsset(parts: TopicSyncParts, place: Place, located: Located): Promise<string> {
  const { assets } = parts;
  const { domain } = place;
  const id = await findOrCreate(parts, place, located);
  const newest = located.versions.at(-1)?.number ?? 0;
  let seen = await assets.get(domain, id, topicTypes.formType.name);
  for (const version of located.versions) {
    const shown = versionOfForm(seen.form);
    // A version that is shown already is done again only where it is the newest and its topic has changed.
    if (version.number < shown || (version.number === shown && version.number < newest)) continue;
    const content = await contentFor(parts, located, version);
    if (seen.form === content.form && seen.description === content.description) continue;
    // With the revision it comes after: who read an older one asks for what is there, and overwrites nothing.
    const token = clientToken('revise', id, seen.revision, content.form, content.description);
    await assets.revise(domain, id, content, token);
    seen = await assets.get(domain, id, topicTypes.formType.name);
  }
  return id;
}

/**
 * The asset's id. Search may not know yet what was created a moment ago: creating it again under the same token, with
 * the content of the schema's first version, then answers the same asset.
 */
async function findOrCreate(parts: TopicSyncParts, place: Place, located: Located): Promise<string> {
  const { assets } = parts;
  const { domain, project } = place;
  const { topic, versions } = located;
  const asset = { name: topic.name, externalId: `kafka:${located.schema.split('/')[0]}/${topic.name}` };
  const known = await assets.search(domain, project, asset);
  if (known !== undefined) return known;
  const [first] = versions;
  if (first === undefined) throw new TypeError('a located schema has a version');
  const content = await contentFor(parts, located, first);
  const token = clientToken('create', domain, project, asset.externalId, content.form);
  try {
    const type = topicTypes.assetType.name;
    return await assets.create(domain, { ...content, ...asset, project, type }, token);
  } catch (error) {
    const made = isCode(error, 'MESH_CATALOG_CONFLICT')
      ? await assets.search(domain, project, asset)
      : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

async function contentFor(
  { schemas }: TopicSyncParts,
  { topic, schema }: Located,
  version: SchemaVersion,
): Promise<AssetContent> {
  return {
    name: topic.name,
    description: topic.doc,
    formName: topicTypes.formType.name,
    form: topicForm(topic, schema, version, await schemas.definition(version.id)),
  };
}

/** More than anyone publishes of one topic at once. */
const publishTries = 5;

/**
 * Publishes the newest revision, unless that was done or the owner has taken the topic out of the catalogue. Looks
 * again afterwards: another instance may have published an older one that it took for the newest. The token says what
 * was listed before, so that it is not taken for the call that did it first.
 */
async function publish(assets: Assets, domain: string, id: string): Promise<void> {
  for (let tries = 0; tries < publishTries; tries++) {
    const { revision, listing } = await assets.get(domain, id, topicTypes.formType.name);
    if (listing?.active === false) return;
    const listed = listing === undefined ? 'none' : await assets.listedRevision(domain, listing.id);
    if (listed === revision) return;
    await assets.publish(domain, id, revision, clientToken('publish', id, revision, listed));
  }
  throw new CatalogError(
    'MESH_CATALOG_CONFLICT',
    `the asset ${id} was published ${publishTries} times, each time another revision is listed`,
  );
}
