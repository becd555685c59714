import { loadConfig, runService } from '@mesh/service';
import { startRecommendations } from './app.js';
import { ConfigSchema } from './config.js';

await runService({
  name: 'recommendations',
  description: 'Recommendations, rankings, similar items and trends.',
  config: loadConfig(ConfigSchema),
  start: startRecommendations,
});
