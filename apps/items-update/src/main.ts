import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { ConfigSchema } from './config.js';
import { parts } from './parts.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'items-update',
    description: 'Sends songs and podcast episodes to Personalize.',
    config,
    processingGuarantee: 'at_least_once',
    topology: parts,
  }),
);
