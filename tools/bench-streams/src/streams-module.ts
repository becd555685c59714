import type { StreamsModule } from '@mesh/streams';
import { lmdbStores } from '@mesh/streams-lmdb';
import { clientOf } from './client.js';
import type { RunSettings } from './settings.js';
import { topologyOf } from './topologies.js';
import { workloadNamed } from './workloads.js';

/** A workload on our library, for each of its stream threads. */
export default ((settings) => ({
  topology: topologyOf(settings),
  options: {
    applicationId: settings.application,
    client: clientOf(settings),
    processingGuarantee: workloadNamed(settings.workload).exactlyOnce ? 'exactly_once_v2' : 'at_least_once',
    commitIntervalMs: settings.commitIntervalMs,
    cacheMaxBytes: settings.cacheBytes,
    ...(settings.workload === 'count-persistent'
      ? { stateStores: lmdbStores({ directory: settings.stateDir }) }
      : {}),
    onFailure: () => 'fail',
    createDeadLetterTopics: false,
    replicationFactor: 1,
  },
})) satisfies StreamsModule<RunSettings>;
