import { generateCatalogue } from '../listening/generate/catalogue.js';
import { generateListeners } from '../listening/generate/users.js';
import { itemsCsv, usersCsv } from '../listening/personalize/csv.js';
import {
  PERSONALIZE_INTERACTIONS_SCHEMA,
  PERSONALIZE_ITEMS_SCHEMA,
  PERSONALIZE_USERS_SCHEMA,
} from '../listening/personalize/schemas.js';
import type { Endpoints } from '../supervisor/environment.js';
import { deliveryStream, provisionDeliveryStream, provisionIndex } from './analytics.js';
import { createContractTopics, registerContracts, registryName } from './contracts.js';
import { provisionPersonalize } from './personalize.js';
import { provisionBuckets } from './storage.js';

/**
 * Makes everything the applications expect to find: schemas, topics, buckets, the index, the delivery stream, and a
 * Personalize that knows the catalogue. What exists is left as it is, so that it can run at every start.
 *
 * @returns the environment the applications need to find it all
 */
export async function provision(
  { kafka, aws, doubles, openSearch }: Endpoints,
  log: (line: string) => void,
): Promise<Record<string, string>> {
  await provisionBuckets(aws);
  const [personalize] = await Promise.all([
    provisionPersonalize(
      { personalizeUrl: doubles, awsUrl: aws },
      [
        { type: 'Interactions', schema: PERSONALIZE_INTERACTIONS_SCHEMA },
        {
          type: 'Items',
          schema: PERSONALIZE_ITEMS_SCHEMA,
          csv: [...itemsCsv(generateCatalogue().items)].join(''),
        },
        { type: 'Users', schema: PERSONALIZE_USERS_SCHEMA, csv: [...usersCsv(generateListeners())].join('') },
      ],
      log,
    ),
    registerContracts(doubles, log),
    createContractTopics(kafka, log),
    provisionIndex(openSearch).then(() => provisionDeliveryStream(doubles)),
  ]);
  return { GLUE_REGISTRY_NAME: registryName, FIREHOSE_DELIVERY_STREAM: deliveryStream, ...personalize };
}
