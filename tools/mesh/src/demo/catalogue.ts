import { DataZoneClient, ListDomainsCommand, paginateSearch } from '@aws-sdk/client-datazone';
import { events } from '@mesh/contracts';
import { localClient } from '../provision/aws.js';
import { until, type Stage } from './stage.js';

/** What the catalogue shows: each topic with its schema, and the tables of the raw data. */
export async function catalogueStage({ mesh, checks, progress }: Stage): Promise<void> {
  const datazone = new DataZoneClient(localClient(mesh.endpoints.doubles));
  try {
    const { items: domains = [] } = await datazone.send(new ListDomainsCommand({}));
    const domainIdentifier = domains[0]?.id;
    let names: readonly string[] = [];
    const complete = await until(async () => {
      const found: string[] = [];
      const pages = paginateSearch({ client: datazone }, { domainIdentifier, searchScope: 'ASSET' });
      for await (const { items = [] } of pages)
        found.push(...items.flatMap(({ assetItem }) => assetItem?.name ?? []));
      names = found.sort();
      const missing = events.filter(({ topic }) => !names.includes(topic)).map(({ topic }) => topic);
      return missing.length === 0 && names.length > events.length
        ? true
        : `${names.length} assets, without ${missing.join(', ') || 'a table'}`;
    });
    progress.print(`\nIn the catalogue: ${names.join(', ')}`);
    checks.check(
      'the catalogue has every topic and the table of raw interactions',
      complete === true,
      complete === true ? `${names.length} assets` : complete,
    );
  } finally {
    datazone.destroy();
  }
}
