// What `streams-main.ts` runs: says of each record in which thread it was.
import { StreamsBuilder, stringSerde } from '@mesh/streams';
import { threadId } from 'node:worker_threads';
import { streamsModule, type StreamsApplication, type StreamsConfig } from '../streams/streams-module.js';

const strings = { key: stringSerde, value: stringSerde };

export const application: StreamsApplication<StreamsConfig> = {
  processingGuarantee: 'at_least_once',
  topology: ({ name }) => {
    const builder = new StreamsBuilder();
    builder
      .stream(`${name}-in`, strings)
      .mapValues((value) => `${value} in thread ${threadId}`)
      .to(`${name}-out`, strings);
    return { topology: builder.build() };
  },
};

export default streamsModule(application);
