import { artist, episode, podcast, song, type EventContract } from '@mesh/contracts';
import { createAvroSerde, openSchemaRegistry, type AvroSerde } from '@mesh/serde';
import type { Logger, StreamsParts } from '@mesh/service';
import { PersonalizeItemsSink } from '@mesh/sinks';
import type { Config } from './config.js';
import { functionTopology } from './function-topology.js';
import { topology } from './topology.js';

interface Given {
  readonly config: Config;
  readonly log: Logger;
}

/** What the process runs: the joins, with serdes and sink. */
export async function parts(given: Given): Promise<StreamsParts> {
  const serde = await serdesOf(given);
  const serdes = {
    song: await serde(song),
    artist: await serde(artist),
    episode: await serde(episode),
    podcast: await serde(podcast),
  };
  const sink = sinkOf(given);
  return { topology: topology({ ...serdes, sink }), sinks: [sink] };
}

/** What the function runs. */
export async function functionParts(given: Given): Promise<StreamsParts> {
  const serde = await serdesOf(given);
  const serdes = { song: await serde(song), episode: await serde(episode) };
  const sink = sinkOf(given);
  return { topology: functionTopology({ ...serdes, sink }), sinks: [sink] };
}

async function serdesOf({
  config,
}: Given): Promise<<T>(contract: EventContract<T>) => Promise<AvroSerde<T>>> {
  const registry = await openSchemaRegistry(config);
  return (contract) => createAvroSerde({ contract, registry });
}

function sinkOf({ config, log }: Given): PersonalizeItemsSink<string> {
  return new PersonalizeItemsSink<string>({
    datasetArn: config.PERSONALIZE_ITEMS_DATASET_ARN,
    lingerMs: config.PERSONALIZE_LINGER_MS,
    rate: { callsPerSecond: config.PERSONALIZE_CALLS_PER_SECOND },
    logger: log,
  });
}
