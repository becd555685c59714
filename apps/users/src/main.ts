import { loadConfig, runService } from '@mesh/service';
import { startUsers } from './app.js';
import { ConfigSchema } from './config.js';

await runService({
  name: 'users',
  description: 'Owns users, and publishes each change of one.',
  config: loadConfig(ConfigSchema),
  start: startUsers,
});
