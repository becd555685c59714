import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { ConfigSchema } from './config.js';
import { parts } from './parts.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'users-update',
    description: 'Sends the state of users to Personalize.',
    config,
    processingGuarantee: 'at_least_once',
    topology: parts,
  }),
);
