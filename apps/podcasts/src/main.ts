import { loadConfig, runService } from '@mesh/service';
import { startPodcasts } from './app.js';
import { ConfigSchema } from './config.js';

await runService({
  name: 'podcasts',
  description: 'Owns podcasts and their episodes, and publishes each change of one.',
  config: loadConfig(ConfigSchema),
  start: startPodcasts,
});
