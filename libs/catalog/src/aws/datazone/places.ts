import {
  CreateEnvironmentCommand,
  CreateEnvironmentProfileCommand,
  GetEnvironmentBlueprintConfigurationCommand,
  GetEnvironmentCommand,
  ListDomainsCommand,
  ListEnvironmentBlueprintsCommand,
  ListEnvironmentProfilesCommand,
  ListEnvironmentsCommand,
  ListProjectsCommand,
  PutEnvironmentBlueprintConfigurationCommand,
  type DataZoneClient,
  type GetEnvironmentBlueprintConfigurationOutput,
} from '@aws-sdk/client-datazone';
import { CatalogError, isCode } from '../../errors.js';
import type { BlueprintRoles, Places } from '../../ports/datazone/places.js';
import type { Progress } from '../../ports/datazone/progress.js';
import { allPages, call } from '../calls.js';

/** Domains, projects, blueprints and environments of Amazon DataZone. */
export class DataZonePlaces implements Places {
  readonly #client: DataZoneClient;
  readonly #accountId: string;

  /** @param accountId of the environments */
  constructor(client: DataZoneClient, accountId: string) {
    this.#client = client;
    this.#accountId = accountId;
  }

  async findDomain(name: string): Promise<string> {
    const domains = await allPages(
      (nextToken) =>
        call('ListDomains', 'this account', () =>
          this.#client.send(new ListDomainsCommand({ status: 'AVAILABLE', nextToken })),
        ),
      ({ items }) => items,
    );
    return only('domain', name, domains);
  }

  async findProject(domain: string, name: string): Promise<string> {
    const { items } = await call('ListProjects', `the domain ${domain}`, () =>
      this.#client.send(new ListProjectsCommand({ domainIdentifier: domain, name })),
    );
    return only(`project of the domain ${domain}`, name, items);
  }

  async findBlueprint(domain: string, name: string): Promise<string> {
    const { items } = await call('ListEnvironmentBlueprints', `the domain ${domain}`, () =>
      this.#client.send(
        new ListEnvironmentBlueprintsCommand({ domainIdentifier: domain, name, managed: true }),
      ),
    );
    return only('managed environment blueprint', name, items);
  }

  async enableBlueprint(domain: string, blueprint: string, roles: BlueprintRoles): Promise<void> {
    const region = await this.#client.config.region();
    const known = await this.#configuration(domain, blueprint);
    const enabled = known?.enabledRegions ?? [];
    if (enabled.includes(region)) return;
    const { manageAccessRoleArn, provisioningRoleArn, s3Location } = roles;
    await call('PutEnvironmentBlueprintConfiguration', `the blueprint ${blueprint}`, () =>
      this.#client.send(
        new PutEnvironmentBlueprintConfigurationCommand({
          domainIdentifier: domain,
          environmentBlueprintIdentifier: blueprint,
          // Putting replaces all there was.
          enabledRegions: [...enabled, region],
          manageAccessRoleArn: known?.manageAccessRoleArn ?? manageAccessRoleArn,
          provisioningRoleArn: known?.provisioningRoleArn ?? provisioningRoleArn,
          environmentRolePermissionBoundary: known?.environmentRolePermissionBoundary,
          provisioningConfigurations: known?.provisioningConfigurations,
          regionalParameters: {
            ...known?.regionalParameters,
            ...(s3Location === undefined ? {} : { [region]: { S3Location: s3Location } }),
          },
        }),
      ),
    );
  }

  async ensureEnvironmentProfile(
    domain: string,
    { name, project, blueprint }: { name: string; project: string; blueprint: string },
  ): Promise<string> {
    const find = async () => {
      const { items } = await call('ListEnvironmentProfiles', `the project ${project}`, () =>
        this.#client.send(
          new ListEnvironmentProfilesCommand({ domainIdentifier: domain, projectIdentifier: project, name }),
        ),
      );
      return items?.find((profile) => profile.name === name)?.id;
    };
    const known = await find();
    if (known !== undefined) return known;
    const region = await this.#client.config.region();
    try {
      const { id } = await call('CreateEnvironmentProfile', `the project ${project}`, () =>
        this.#client.send(
          new CreateEnvironmentProfileCommand({
            domainIdentifier: domain,
            name,
            projectIdentifier: project,
            environmentBlueprintIdentifier: blueprint,
            awsAccountId: this.#accountId,
            awsAccountRegion: region,
          }),
        ),
      );
      if (id !== undefined) return id;
    } catch (error) {
      if (!isCode(error, 'MESH_CATALOG_CONFLICT')) throw error;
    }
    const made = await find();
    if (made !== undefined) return made;
    throw new CatalogError(
      'MESH_CATALOG_CONFLICT',
      `the environment profile "${name}" of the project ${project} exists and is not listed`,
    );
  }

  async findEnvironment(domain: string, project: string, name: string): Promise<Progress | undefined> {
    const { items } = await call('ListEnvironments', `the project ${project}`, () =>
      this.#client.send(
        new ListEnvironmentsCommand({ domainIdentifier: domain, projectIdentifier: project, name }),
      ),
    );
    const found = items?.find((one) => one.name === name && one.status !== 'DELETED');
    if (found?.id === undefined) return undefined;
    const { id, status = '' } = found;
    if (status === 'ACTIVE') return { id, state: 'ready', status };
    if (/^(CREATING|UPDATING|DELETING)$/.test(status)) return { id, state: 'working', status };
    const { lastDeployment } = await call('GetEnvironment', `the environment ${id}`, () =>
      this.#client.send(new GetEnvironmentCommand({ domainIdentifier: domain, identifier: id })),
    );
    const reason = lastDeployment?.failureReason?.message ?? 'DataZone gave no reason';
    return { id, state: 'failed', status: `${status}: ${reason}` };
  }

  async createEnvironment(
    domain: string,
    { name, project, profile }: { name: string; project: string; profile: string },
  ): Promise<void> {
    try {
      await call('CreateEnvironment', `the project ${project}`, () =>
        this.#client.send(
          new CreateEnvironmentCommand({
            domainIdentifier: domain,
            name,
            projectIdentifier: project,
            environmentProfileIdentifier: profile,
          }),
        ),
      );
    } catch (error) {
      if (!isCode(error, 'MESH_CATALOG_CONFLICT')) throw error;
    }
  }

  async #configuration(
    domain: string,
    blueprint: string,
  ): Promise<GetEnvironmentBlueprintConfigurationOutput | undefined> {
    try {
      return await call('GetEnvironmentBlueprintConfiguration', `the blueprint ${blueprint}`, () =>
        this.#client.send(
          new GetEnvironmentBlueprintConfigurationCommand({
            domainIdentifier: domain,
            environmentBlueprintIdentifier: blueprint,
          }),
        ),
      );
    } catch (error) {
      if (isCode(error, 'MESH_CATALOG_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}

interface Named {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** The one of that name; a name that several have says nothing. */
function only(what: string, name: string, all: readonly Named[] | undefined): string {
  const ids = (all ?? []).flatMap((one) => (one.name === name && one.id !== undefined ? one.id : []));
  const [id] = ids;
  if (id !== undefined && ids.length === 1) return id;
  const many = ids.length > 1 ? `${ids.length} are (${ids.join(', ')})` : 'none is';
  throw new CatalogError('MESH_CATALOG_NOT_FOUND', `one ${what} should be named "${name}", ${many}`);
}
