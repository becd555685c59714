import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { ConfigSchema } from './config.js';
import { parts } from './parts.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'interactions-ingestor',
    description: 'Sends interactions to Firehose, for OpenSearch and S3.',
    config,
    processingGuarantee: 'at_least_once',
    topology: parts,
  }),
);
