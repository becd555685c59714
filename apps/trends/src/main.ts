import { kafkaStreamsService, loadConfig, runService } from '@mesh/service';
import { extname } from 'node:path';
import { ConfigSchema } from './config.js';
import { application } from './streams.js';

await runService(
  kafkaStreamsService({
    name: 'trends',
    description: 'Counts what is played: items, sessions, charts of genres, audiences of artists.',
    config: loadConfig(ConfigSchema),
    ...application,
    module: new URL(`./streams${extname(import.meta.url)}`, import.meta.url),
  }),
);
