import { KafkaStreams } from '@mesh/streams';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunSettings } from './settings.js';
import type { Span } from './span.js';
import type * as streamsModule from './streams-module.js';
import define from './streams-module.js';

/** How often progress is looked at, as on the other side. Milliseconds. */
const LOOK_MS = 20;

/** A workload on our library, from an empty group to the end of its input; several threads are workers. */
export async function runStreams(settings: RunSettings, span: Span): Promise<void> {
  if (settings.threads === 1) {
    const { topology, options } = define(settings);
    await run(new KafkaStreams(topology, options), span);
    await options.client.close();
  } else {
    const module = new URL(`./streams-module${extname(import.meta.url)}`, import.meta.url);
    const numStreamThreads = settings.threads;
    await run(
      await KafkaStreams.fromModule<typeof streamsModule>(module, { data: settings, numStreamThreads }),
      span,
    );
  }
}

async function run(app: KafkaStreams, span: Span): Promise<void> {
  await app.start();
  while (!span.at(processed(app))) {
    if (app.error !== undefined) throw app.error;
    await sleep(LOOK_MS);
  }
  await app.close();
}

function processed(app: KafkaStreams): number {
  return app
    .metrics()
    .filter(({ name }) => name === 'process-total')
    .reduce((sum, { value }) => sum + value, 0);
}
