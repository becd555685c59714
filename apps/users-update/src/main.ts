import { user } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { PersonalizeUsersSink } from '@mesh/sinks';
import { ConfigSchema } from './config.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'users-update',
    description: 'Sends the state of users to Personalize.',
    config,
    processingGuarantee: 'at_least_once',
    topology: async ({ log }) => {
      const registry = glueSchemaRegistry({ registryName: config.GLUE_REGISTRY_NAME });
      const sink = new PersonalizeUsersSink<string>({
        datasetArn: config.PERSONALIZE_USERS_DATASET_ARN,
        lingerMs: config.PERSONALIZE_LINGER_MS,
        rate: { callsPerSecond: config.PERSONALIZE_CALLS_PER_SECOND },
        logger: log,
      });
      const value = await createAvroSerde({ contract: user, registry });
      return { topology: topology({ value, sink }), sinks: [sink] };
    },
  }),
);
