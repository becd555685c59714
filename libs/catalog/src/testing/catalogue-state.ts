import {
  GetAssetCommand,
  GetListingCommand,
  ListAssetRevisionsCommand,
  ListDataSourceRunsCommand,
  ListDataSourcesCommand,
  ListEnvironmentBlueprintConfigurationsCommand,
  ListEnvironmentProfilesCommand,
  ListEnvironmentsCommand,
  SearchCommand,
  type FormOutput,
} from '@aws-sdk/client-datazone';
import { ListResourcesCommand } from '@aws-sdk/client-lakeformation';
import type { LocalCatalogue } from './local-catalogue.js';

/** What is in a world's catalogue, without what differs between equal ones: ids, times and the world's name. */
export interface CatalogueState {
  readonly enabledRegions: readonly string[];
  readonly profiles: readonly string[];
  readonly environments: readonly string[];
  readonly locations: readonly string[];
  readonly dataSources: readonly { readonly name: string; readonly runs: readonly string[] }[];
  readonly assets: readonly {
    readonly name: string;
    readonly externalId: string;
    /** Of each revision, the oldest first: the content of its forms. */
    readonly revisions: readonly string[];
    readonly listing: string;
  }[];
}

export async function catalogueState(world: LocalCatalogue): Promise<CatalogueState> {
  const { datazone, lakeFormation, domain, project, name } = world;
  const where = { domainIdentifier: domain, projectIdentifier: project };
  const configurations = await datazone.send(
    new ListEnvironmentBlueprintConfigurationsCommand({ domainIdentifier: domain }),
  );
  const profiles = await datazone.send(new ListEnvironmentProfilesCommand(where));
  const environments = await datazone.send(new ListEnvironmentsCommand(where));
  const resources = await lakeFormation.send(new ListResourcesCommand({}));
  const sources = await datazone.send(new ListDataSourcesCommand(where));
  const found = await datazone.send(
    new SearchCommand({ domainIdentifier: domain, searchScope: 'ASSET', maxResults: 50 }),
  );
  const state: CatalogueState = {
    enabledRegions: (configurations.items ?? []).flatMap((one) => one.enabledRegions ?? []),
    profiles: (profiles.items ?? []).map((one) => one.name ?? ''),
    environments: (environments.items ?? []).map((one) => `${one.name} ${one.status}`),
    locations: (resources.ResourceInfoList ?? [])
      .map(({ ResourceArn: arn = '' }) => arn)
      .filter((arn) => arn.includes(name))
      .sort(),
    dataSources: await Promise.all(
      (sources.items ?? []).map(async (source) => {
        const { items } = await datazone.send(
          new ListDataSourceRunsCommand({
            domainIdentifier: domain,
            dataSourceIdentifier: source.dataSourceId,
          }),
        );
        return { name: source.name ?? '', runs: (items ?? []).map(({ status }) => status ?? '') };
      }),
    ),
    assets: (
      await Promise.all((found.items ?? []).map(({ assetItem }) => asset(world, assetItem?.identifier ?? '')))
    ).sort((a, b) => (a.externalId < b.externalId ? -1 : 1)),
  };
  return JSON.parse(JSON.stringify(state).replaceAll(name, 'WORLD')) as CatalogueState;
}

async function asset({ datazone, domain }: LocalCatalogue, identifier: string) {
  const of = { domainIdentifier: domain, identifier };
  const { items } = await datazone.send(new ListAssetRevisionsCommand(of));
  const newest = await datazone.send(new GetAssetCommand(of));
  const revisions = await Promise.all(
    (items ?? []).reverse().map(async ({ revision }) => {
      const { formsOutput } = await datazone.send(new GetAssetCommand({ ...of, revision }));
      return (formsOutput ?? []).flatMap(content).join('\n');
    }),
  );
  return {
    name: newest.name ?? '',
    externalId: newest.externalIdentifier ?? '',
    revisions,
    listing: await listing(datazone, domain, newest.listing?.listingId),
  };
}

async function listing(
  datazone: LocalCatalogue['datazone'],
  domain: string,
  identifier: string | undefined,
): Promise<string> {
  if (identifier === undefined) return 'none';
  const { status, item } = await datazone.send(
    new GetListingCommand({ domainIdentifier: domain, identifier }),
  );
  return `${status} ${item?.assetListing?.assetRevision}`;
}

/** A form without ids: which source an asset came from is not compared, a version only by its number. */
function content({ formName, content: text = '{}' }: FormOutput): string[] {
  if (formName === 'DataSourceReferenceForm') return [];
  const form = JSON.parse(text) as Record<string, unknown>;
  delete form['schemaVersionId'];
  return [`${formName} ${JSON.stringify(form)}`];
}
