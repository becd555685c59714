import { artist, episode, podcast, song, type EventContract } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { PersonalizeItemsSink } from '@mesh/sinks';
import { ConfigSchema } from './config.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'items-update',
    description: 'Sends songs and podcast episodes to Personalize.',
    config,
    processingGuarantee: 'at_least_once',
    topology: async ({ log }) => {
      const registry = glueSchemaRegistry({ registryName: config.GLUE_REGISTRY_NAME });
      const serde = <T>(contract: EventContract<T>) => createAvroSerde({ contract, registry });
      const sink = new PersonalizeItemsSink<string>({
        datasetArn: config.PERSONALIZE_ITEMS_DATASET_ARN,
        lingerMs: config.PERSONALIZE_LINGER_MS,
        rate: { callsPerSecond: config.PERSONALIZE_CALLS_PER_SECOND },
        logger: log,
      });
      const parts = {
        song: await serde(song),
        artist: await serde(artist),
        episode: await serde(episode),
        podcast: await serde(podcast),
        sink,
      };
      return { topology: topology(parts), sinks: [sink] };
    },
  }),
);
