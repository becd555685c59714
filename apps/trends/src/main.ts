import { interaction, itemTrend } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { ConfigSchema } from './config.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'trends',
    description: 'Counts the plays of each item in windows of time.',
    config,
    processingGuarantee: 'exactly_once_v2',
    topology: async () => {
      const registry = await openSchemaRegistry(config);
      const [value, trend] = await Promise.all([
        createAvroSerde({ contract: interaction, registry }),
        createAvroSerde({ contract: itemTrend, registry }),
      ]);
      return {
        topology: topology({
          value,
          trend,
          windowMs: config.TRENDS_WINDOW_MS,
          graceMs: config.TRENDS_GRACE_MS,
          rememberMs: config.TRENDS_REMEMBER_MS,
        }),
      };
    },
  }),
);
