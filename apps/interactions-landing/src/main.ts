import { interaction } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { S3LandingSink } from '@mesh/sinks';
import { ConfigSchema } from './config.js';
import { encodeLine } from './line.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'interactions-landing',
    description: 'Lands interactions in S3, raw, by date.',
    config,
    processingGuarantee: 'at_least_once',
    topology: async ({ log }) => {
      const registry = await openSchemaRegistry(config);
      const value = await createAvroSerde({ contract: interaction, registry });
      const sink = new S3LandingSink({
        bucket: config.LANDING_BUCKET,
        prefix: config.LANDING_PREFIX,
        planPrefix: config.LANDING_PLAN_PREFIX,
        encode: encodeLine,
        maxRecords: config.LANDING_MAX_RECORDS,
        maxBytes: config.LANDING_MAX_BYTES,
        lingerMs: config.LANDING_LINGER_MS,
        logger: log,
      });
      return { topology: topology({ value, sink }), sinks: [sink] };
    },
  }),
);
