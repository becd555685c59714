// A service as an app has one, started by the process tests from its sources.
import { StreamsError } from '@mesh/streams';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { loadConfig, runService, Type } from '../index.js';
import { unusedKafka } from '../testing/unused-kafka.js';

const config = loadConfig(
  Type.Object({
    /** How the service behaves when it is stopped or run. */
    BEHAVIOUR: Type.Union(
      [
        Type.Literal('well'),
        Type.Literal('hang-on-close'),
        Type.Literal('fail-on-start'),
        Type.Literal('wait'),
        Type.Literal('fail-later'),
        Type.Literal('reject'),
        Type.Literal('throw'),
        Type.Literal('hang-in-a-worker'),
      ],
      { default: 'well' },
    ),
    /** What a start waits for that is to wait. */
    AWAITED_FILE: Type.String({ default: '/nowhere/at/all' }),
    API_PASSWORD: Type.Optional(Type.String({ minLength: 8 })),
    RATE: Type.Number({ default: 1, exclusiveMinimum: 0 }),
  }),
);

await runService(
  {
    name: 'fixture',
    config,
    start: (context) => {
      const { http, log } = context;
      if (config.BEHAVIOUR === 'fail-on-start') throw new Error('nothing to start with');
      if (config.BEHAVIOUR === 'wait' && !existsSync(config.AWAITED_FILE)) {
        throw Object.assign(new Error('the registry does not answer'), { retriable: true });
      }
      http.get('/slow', async () => {
        log.info('slow request taken in');
        await sleep(500);
        return { answered: true };
      });
      return {
        run: async () => {
          if (config.BEHAVIOUR === 'fail-later') context.fail(new Error('fenced for good'));
          if (config.BEHAVIOUR === 'reject') void Promise.reject(new Error('nobody awaits this'));
          if (config.BEHAVIOUR === 'throw') setImmediate(() => thrown());
          if (config.BEHAVIOUR === 'hang-in-a-worker') {
            // What a worker waits for in native code nothing can end; here it ends by itself, much later.
            const hang = `require('child_process').execFileSync('sleep', ['20'], { stdio: 'ignore' })`;
            const worker = new Worker(hang, { eval: true, execArgv: [] });
            worker.once('online', () => context.fail(new StreamsError('WORKER_UNRESPONSIVE', 'it hangs')));
          }
        },
        close: async () => {
          log.info('service closed');
          if (config.BEHAVIOUR === 'hang-on-close') await new Promise(() => {});
        },
      };
    },
  },
  { kafka: unusedKafka() },
);

function thrown(): never {
  throw new Error('nobody catches this');
}
