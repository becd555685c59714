import { loadConfig, runService } from '@mesh/service';
import { startCatalogSync } from '../app.js';
import { ConfigSchema, withoutKafka } from '../config.js';

const [killedAt, when] = (process.env['KILLED_AT'] ?? '').split(' ');

/** The service as it is, but that it kills itself at one step, as the kernel would. */
await runService({
  name: 'catalog-sync',
  config: loadConfig(ConfigSchema, withoutKafka(process.env)),
  start: (context) =>
    startCatalogSync(context, (step, phase) => {
      if (step === killedAt && phase === when) process.kill(process.pid, 'SIGKILL');
    }),
});
