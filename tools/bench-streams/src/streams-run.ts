import type { KafkaClient } from '@mesh/kafka';
import { KafkaStreams } from '@mesh/streams';
import { lmdbStores } from '@mesh/streams-lmdb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunSettings } from './settings.js';
import type { Span } from './span.js';
import { topologyOf } from './topologies.js';

/** How often progress is looked at, as on the other side. Milliseconds. */
const LOOK_MS = 20;

/** A workload on our library, from an empty group to the end of its input. */
export async function runStreams(
  client: KafkaClient,
  settings: RunSettings,
  exactlyOnce: boolean,
  span: Span,
): Promise<void> {
  const app = new KafkaStreams(topologyOf(settings), {
    applicationId: settings.application,
    client,
    processingGuarantee: exactlyOnce ? 'exactly_once_v2' : 'at_least_once',
    commitIntervalMs: settings.commitIntervalMs,
    cacheMaxBytes: settings.cacheBytes,
    ...(settings.workload === 'count-persistent'
      ? { stateStores: lmdbStores({ directory: settings.stateDir }) }
      : {}),
    onFailure: () => 'fail',
    createDeadLetterTopics: false,
    replicationFactor: 1,
  });
  await app.start();
  while (!span.at(processed(app))) {
    if (app.error !== undefined) throw app.error;
    await sleep(LOOK_MS);
  }
  await app.close();
}

function processed(app: KafkaStreams): number {
  return app.metrics().find(({ name }) => name === 'process-total')?.value ?? 0;
}
