// Runs one workload in this process, whose settings come as JSON in the first argument; prints one line of JSON.
import { runFlow } from './flow-run.js';
import { runRaw } from './raw-run.js';
import type { RunSettings } from './settings.js';
import { Span } from './span.js';
import { runStreams } from './streams-run.js';
import { workloadNamed } from './workloads.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as RunSettings;
const { ours, exactlyOnce } = workloadNamed(settings.workload);
const span = new Span(settings);
if (settings.side === 'flow') await runFlow(settings, exactlyOnce, span);
else if (ours === 'raw') await runRaw(settings, exactlyOnce, span);
else await runStreams(settings, span);
console.log(JSON.stringify(span.measurement));
