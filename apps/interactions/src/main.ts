import { loadConfig, runService } from '@mesh/service';
import { startInteractions } from './app.js';
import { ConfigSchema } from './config.js';

await runService({
  name: 'interactions',
  description: 'Takes what users listen to, and publishes it.',
  config: loadConfig(ConfigSchema),
  start: startInteractions,
});
