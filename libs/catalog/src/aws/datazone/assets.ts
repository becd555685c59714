import {
  CreateAssetCommand,
  CreateAssetRevisionCommand,
  CreateAssetTypeCommand,
  CreateFormTypeCommand,
  CreateListingChangeSetCommand,
  GetAssetCommand,
  GetAssetTypeCommand,
  GetFormTypeCommand,
  GetListingCommand,
  SearchCommand,
  type DataZoneClient,
} from '@aws-sdk/client-datazone';
import { isCode } from '../../errors.js';
import type { Asset, AssetContent, Assets, AssetTypes, NewAsset } from '../../ports/datazone/assets.js';
import { allPages, call } from '../calls.js';

/** Custom types, assets and listings of Amazon DataZone. */
export class DataZoneAssets implements Assets {
  readonly #client: DataZoneClient;

  constructor(client: DataZoneClient) {
    this.#client = client;
  }

  async ensureTypes(domain: string, project: string, { formType, assetType }: AssetTypes): Promise<void> {
    const getType = new GetAssetTypeCommand({ domainIdentifier: domain, identifier: assetType.name });
    const known = await found(() =>
      call('GetAssetType', `the type ${assetType.name}`, () => this.#client.send(getType)),
    );
    if (known !== undefined) return;
    const { name, smithy, description } = formType;
    const getForm = () =>
      call('GetFormType', `the form type ${name}`, () =>
        this.#client.send(new GetFormTypeCommand({ domainIdentifier: domain, formTypeIdentifier: name })),
      );
    if ((await found(getForm)) === undefined) {
      const create = new CreateFormTypeCommand({
        ...{ domainIdentifier: domain, owningProjectIdentifier: project, name, description },
        model: { smithy },
        status: 'ENABLED',
      });
      await orExists(() => call('CreateFormType', name, () => this.#client.send(create)));
    }
    const { revision } = await getForm();
    const create = new CreateAssetTypeCommand({
      ...{ domainIdentifier: domain, owningProjectIdentifier: project },
      name: assetType.name,
      description: assetType.description,
      formsInput: { [name]: { typeIdentifier: name, typeRevision: revision, required: true } },
    });
    await orExists(() => call('CreateAssetType', assetType.name, () => this.#client.send(create)));
  }

  async search(
    domain: string,
    project: string,
    { name, externalId }: { name: string; externalId: string },
  ): Promise<string | undefined> {
    const items = await allPages(
      (nextToken) =>
        call('Search', `the project ${project}`, () =>
          this.#client.send(
            new SearchCommand({
              domainIdentifier: domain,
              owningProjectIdentifier: project,
              searchScope: 'ASSET',
              searchText: name,
              nextToken,
            }),
          ),
        ),
      (page) => page.items,
    );
    // A search by text finds more than was asked for.
    return items.find(({ assetItem }) => assetItem?.externalIdentifier === externalId)?.assetItem?.identifier;
  }

  async create(domain: string, asset: NewAsset, token: string): Promise<string> {
    const { id = '' } = await call('CreateAsset', asset.externalId, () =>
      this.#client.send(
        new CreateAssetCommand({
          domainIdentifier: domain,
          owningProjectIdentifier: asset.project,
          typeIdentifier: asset.type,
          externalIdentifier: asset.externalId,
          ...contentOf(asset),
          clientToken: token,
        }),
      ),
    );
    return id;
  }

  async revise(domain: string, id: string, content: AssetContent, token: string): Promise<void> {
    const { formsOutput, glossaryTerms } = await this.#get(domain, id);
    const { name, description, formsInput } = contentOf(content);
    // A revision has all of the asset: what people added to it goes along.
    const others = (formsOutput ?? [])
      .filter(({ formName }) => formName !== content.formName)
      .map(({ formName, typeName, typeRevision, content: form }) => ({
        ...{ formName, typeRevision, content: form },
        typeIdentifier: typeName,
      }));
    await call('CreateAssetRevision', `the asset ${id}`, () =>
      this.#client.send(
        new CreateAssetRevisionCommand({
          ...{ domainIdentifier: domain, identifier: id, name, description, glossaryTerms },
          formsInput: [...formsInput, ...others],
          clientToken: token,
        }),
      ),
    );
  }

  async get(domain: string, id: string, formName: string): Promise<Asset> {
    const { name = '', description = '', revision = '', formsOutput, listing } = await this.#get(domain, id);
    return {
      ...{ id, name, description, revision, formName },
      form: formsOutput?.find((form) => form.formName === formName)?.content ?? '{}',
      ...(listing?.listingId === undefined
        ? {}
        : { listing: { id: listing.listingId, active: listing.listingStatus !== 'INACTIVE' } }),
    };
  }

  async listedRevision(domain: string, listing: string): Promise<string> {
    const { item } = await call('GetListing', `the listing ${listing}`, () =>
      this.#client.send(new GetListingCommand({ domainIdentifier: domain, identifier: listing })),
    );
    return item?.assetListing?.assetRevision ?? '';
  }

  async publish(domain: string, id: string, revision: string, token: string): Promise<void> {
    await call('CreateListingChangeSet', `the asset ${id}`, () =>
      this.#client.send(
        new CreateListingChangeSetCommand({
          domainIdentifier: domain,
          entityIdentifier: id,
          entityType: 'ASSET',
          entityRevision: revision,
          action: 'PUBLISH',
          clientToken: token,
        }),
      ),
    );
  }

  #get(domain: string, id: string) {
    return call('GetAsset', `the asset ${id}`, () =>
      this.#client.send(new GetAssetCommand({ domainIdentifier: domain, identifier: id })),
    );
  }
}

const contentOf = ({ name, description, formName, form }: AssetContent) => ({
  name,
  description,
  formsInput: [{ formName, typeIdentifier: formName, content: form }],
});

async function found<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isCode(error, 'MESH_CATALOG_NOT_FOUND')) return undefined;
    throw error;
  }
}

async function orExists(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isCode(error, 'MESH_CATALOG_CONFLICT')) throw error;
  }
}
