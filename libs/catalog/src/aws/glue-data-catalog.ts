import {
  GetCrawlerCommand,
  GetDatabaseCommand,
  GetTablesCommand,
  type GlueClient,
} from '@aws-sdk/client-glue';
import { isCode } from '../errors.js';
import type { Crawler, Database, DataCatalog, Table } from '../ports/data-catalog.js';
import { allPages, call } from './calls.js';

/** The Glue Data Catalog. */
export class GlueDataCatalog implements DataCatalog {
  readonly #client: GlueClient;

  constructor(client: GlueClient) {
    this.#client = client;
  }

  async crawler(name: string): Promise<Crawler> {
    const { Crawler: found } = await call('GetCrawler', `the crawler "${name}"`, () =>
      this.#client.send(new GetCrawlerCommand({ Name: name })),
    );
    return {
      database: found?.DatabaseName,
      locations: (found?.Targets?.S3Targets ?? []).flatMap(({ Path: path }) => path ?? []),
    };
  }

  async database(name: string): Promise<Database | undefined> {
    try {
      const { Database: found } = await call('GetDatabase', `the database "${name}"`, () =>
        this.#client.send(new GetDatabaseCommand({ Name: name })),
      );
      return { name, location: found?.LocationUri, tables: await this.#tables(name) };
    } catch (error) {
      if (isCode(error, 'MESH_CATALOG_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async #tables(database: string): Promise<Table[]> {
    const tables = await allPages(
      async (nextToken) => {
        const page = await call('GetTables', `the database "${database}"`, () =>
          this.#client.send(new GetTablesCommand({ DatabaseName: database, NextToken: nextToken })),
        );
        return { nextToken: page.NextToken, tables: page.TableList };
      },
      (page) => page.tables,
    );
    return tables
      .map((table) => {
        const createdAt = table.CreateTime?.getTime() ?? 0;
        return {
          name: table.Name ?? '',
          location: table.StorageDescriptor?.Location,
          version: table.VersionId ?? '0',
          createdAt,
          changedAt: table.UpdateTime?.getTime() ?? createdAt,
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
