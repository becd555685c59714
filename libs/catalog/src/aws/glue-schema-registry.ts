import { GetSchemaVersionCommand, ListSchemaVersionsCommand, type GlueClient } from '@aws-sdk/client-glue';
import { CatalogError, isCode } from '../errors.js';
import type { SchemaRegistry, SchemaVersion } from '../ports/schema-registry.js';
import { allPages, call } from './calls.js';

/** The Glue Schema Registry, read only. */
export class GlueSchemas implements SchemaRegistry {
  readonly #client: GlueClient;

  constructor(client: GlueClient) {
    this.#client = client;
  }

  async versions(registry: string, schema: string): Promise<readonly SchemaVersion[] | undefined> {
    const on = `the schema ${registry}/${schema}`;
    const SchemaId = { RegistryName: registry, SchemaName: schema };
    try {
      const versions = await allPages(
        async (nextToken) => {
          const page = await call('ListSchemaVersions', on, () =>
            this.#client.send(new ListSchemaVersionsCommand({ SchemaId, NextToken: nextToken })),
          );
          return { nextToken: page.NextToken, versions: page.Schemas };
        },
        (page) => page.versions,
      );
      return versions
        .map(({ SchemaVersionId: id = '', VersionNumber: number = 0, Status: status = 'PENDING' }) => ({
          id,
          number,
          status,
        }))
        .sort((a, b) => a.number - b.number);
    } catch (error) {
      if (isCode(error, 'MESH_CATALOG_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async definition(versionId: string): Promise<string> {
    const { SchemaDefinition: text } = await call('GetSchemaVersion', `the version ${versionId}`, () =>
      this.#client.send(new GetSchemaVersionCommand({ SchemaVersionId: versionId })),
    );
    if (text !== undefined) return text;
    throw new CatalogError('MESH_CATALOG_UNAVAILABLE', `Glue gave no definition of the version ${versionId}`);
  }
}
