import { loadConfig, runService } from '@mesh/service';
import { startSongs } from './app.js';
import { ConfigSchema } from './config.js';

await runService({
  name: 'songs',
  description: 'Owns songs and artists, and publishes each change of one.',
  config: loadConfig(ConfigSchema),
  start: startSongs,
});
