import { interaction } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { PersonalizeEventsSink } from '@mesh/sinks';
import { ConfigSchema } from './config.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'interactions-update',
    description: 'Sends interactions to Personalize.',
    config,
    processingGuarantee: 'at_least_once',
    topology: async ({ log }) => {
      const registry = glueSchemaRegistry({ registryName: config.GLUE_REGISTRY_NAME });
      const value = await createAvroSerde({ contract: interaction, registry });
      const sink = new PersonalizeEventsSink<string>({
        trackingId: config.PERSONALIZE_TRACKING_ID,
        lingerMs: config.PERSONALIZE_LINGER_MS,
        maxInFlight: config.PERSONALIZE_CALLS_IN_FLIGHT,
        rate: { callsPerSecond: config.PERSONALIZE_CALLS_PER_SECOND },
        logger: log,
      });
      return { topology: topology({ value, sink }), sinks: [sink] };
    },
  }),
);
