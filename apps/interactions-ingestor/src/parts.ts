import { interaction } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import type { Logger, StreamsParts } from '@mesh/service';
import { FirehoseSink } from '@mesh/sinks';
import type { Config } from './config.js';
import { encodeDocument } from './document.js';
import { topology } from './topology.js';

interface Given {
  readonly config: Config;
  readonly log: Logger;
}

/** What the process and the function run: the topology, with serdes and sink. */
export async function parts({ config, log }: Given): Promise<StreamsParts> {
  const registry = await openSchemaRegistry(config);
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
}
