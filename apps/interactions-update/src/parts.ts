import { interaction } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry } from '@mesh/serde';
import type { Logger, StreamsParts } from '@mesh/service';
import { PersonalizeEventsSink } from '@mesh/sinks';
import type { Config } from './config.js';
import { topology } from './topology.js';

interface Given {
  readonly config: Config;
  readonly log: Logger;
}

/** What the process and the function run: the topology, with serdes and sink. */
export async function parts({ config, log }: Given): Promise<StreamsParts> {
  const registry = await openSchemaRegistry(config);
  const value = await createAvroSerde({ contract: interaction, registry });
  const sink = new PersonalizeEventsSink<string>({
    trackingId: config.PERSONALIZE_TRACKING_ID,
    lingerMs: config.PERSONALIZE_LINGER_MS,
    maxInFlight: config.PERSONALIZE_CALLS_IN_FLIGHT,
    rate: { callsPerSecond: config.PERSONALIZE_CALLS_PER_SECOND },
    logger: log,
  });
  return { topology: topology({ value, sink }), sinks: [sink] };
}
