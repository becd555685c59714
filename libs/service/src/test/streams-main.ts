import { Type } from '@sinclair/typebox';
import { loadConfig } from '../config/load.js';
import { runService } from '../lifecycle/run.js';
import { StreamsConfigProperties } from '../streams/config.js';
import { kafkaStreamsService } from '../streams/kafka-streams-service.js';
import { application } from './streams.js';

await runService(
  kafkaStreamsService({
    name: 'threads',
    config: loadConfig(Type.Object(StreamsConfigProperties)),
    ...application,
    module: new URL('./streams.ts', import.meta.url),
  }),
);
