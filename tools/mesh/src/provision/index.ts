import type { Endpoints } from '../supervisor/environment.js';
import { deliveryStream, provisionDeliveryStream, provisionIndex } from './analytics.js';
import { provisionCatalogue, tellCatalogue } from './catalogue.js';
import { createContractTopics, registerContracts, registryName } from './contracts.js';
import { provisionPersonalize } from './personalize.js';
import { provisionBuckets } from './storage.js';
import { provisionTables } from './tables.js';

/**
 * Makes everything the applications expect to find: schemas, topics, buckets, tables, the index, the delivery stream, and
 * Personalize's campaigns. What exists is left as it is, so that it can run at every start.
 *
 * @returns the environment the applications need to find it all
 */
export async function provision(
  { kafka, aws, doubles, openSearch }: Endpoints,
  log: (line: string) => void,
): Promise<Record<string, string>> {
  await provisionBuckets(aws);
  const [personalize, catalogue] = await Promise.all([
    provisionPersonalize(doubles, log),
    provisionCatalogue({ aws, doubles }),
    provisionTables(doubles),
    registerContracts(doubles, log),
    createContractTopics(kafka, log),
    provisionIndex(openSearch).then(() => provisionDeliveryStream(doubles)),
  ]);
  await tellCatalogue(aws);
  return {
    GLUE_REGISTRY_NAME: registryName,
    FIREHOSE_DELIVERY_STREAM: deliveryStream,
    ...personalize,
    ...catalogue,
  };
}
