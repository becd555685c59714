import { interaction } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { FirehoseSink } from '@mesh/sinks';
import { ConfigSchema } from './config.js';
import { encodeDocument } from './document.js';
import { topology } from './topology.js';

const config = loadConfig(ConfigSchema);

await runService(
  kafkaStreamsService({
    name: 'interactions-ingestor',
    description: 'Sends interactions to Firehose, for OpenSearch and S3.',
    config,
    processingGuarantee: 'at_least_once',
    topology: async ({ log }) => {
      const registry = glueSchemaRegistry({ registryName: config.GLUE_REGISTRY_NAME });
      const value = await createAvroSerde({ contract: interaction, registry });
      const sink = new FirehoseSink({
        deliveryStream: config.FIREHOSE_DELIVERY_STREAM,
        encode: encodeDocument,
        lingerMs: config.FIREHOSE_LINGER_MS,
        maxInFlight: config.FIREHOSE_CALLS_IN_FLIGHT,
        rate: {
          callsPerSecond: config.FIREHOSE_CALLS_PER_SECOND,
          bytesPerSecond: config.FIREHOSE_BYTES_PER_SECOND,
        },
        logger: log,
      });
      return { topology: topology({ value, sink }), sinks: [sink] };
    },
  }),
);
