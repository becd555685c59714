import { user } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import type { Logger, StreamsParts } from '@mesh/service';
import { PersonalizeUsersSink } from '@mesh/sinks';
import type { Config } from './config.js';
import { topology } from './topology.js';

interface Given {
  readonly config: Config;
  readonly log: Logger;
}

/** What the process and the function run: the topology, with serdes and sink. */
export async function parts({ config, log }: Given): Promise<StreamsParts> {
  const registry = await openSchemaRegistry(config);
  const sink = new PersonalizeUsersSink<string>({
    datasetArn: config.PERSONALIZE_USERS_DATASET_ARN,
    lingerMs: config.PERSONALIZE_LINGER_MS,
    rate: { callsPerSecond: config.PERSONALIZE_CALLS_PER_SECOND },
    logger: log,
  });
  const value = await createAvroSerde({ contract: user, registry });
  return { topology: topology({ value, sink }), sinks: [sink] };
}
