// Runs one workload in this process, whose settings come as JSON in the first argument; prints one line of JSON.
import { createKafkaClient } from '@mesh/kafka';
import { runFlow } from './flow-run.js';
import { runRaw } from './raw-run.js';
import type { RunSettings } from './settings.js';
import { Span } from './span.js';
import { runStreams } from './streams-run.js';
import { workloadNamed } from './workloads.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as RunSettings;
const { ours, exactlyOnce } = workloadNamed(settings.workload);
const client = createKafkaClient({
  ...(process.env['KAFKA_DRIVER'] === undefined ? {} : { driver: process.env['KAFKA_DRIVER'] }),
  brokers: [settings.bootstrap],
  clientId: settings.application,
});
const span = new Span(settings);
await (settings.side === 'flow'
  ? runFlow(settings, exactlyOnce, span)
  : ours === 'raw'
    ? runRaw(client, settings, exactlyOnce, span)
    : runStreams(client, settings, exactlyOnce, span));
await client.close();
console.log(JSON.stringify(span.measurement));
