import { loadConfig, runService } from '@mesh/service';
import { startCatalogSync } from './app.js';
import { ConfigSchema, withoutKafka } from './config.js';

await runService({
  name: 'catalog-sync',
  description: 'Brings tables and topics into the catalogue.',
  config: loadConfig(ConfigSchema, withoutKafka(process.env)),
  start: (context) => startCatalogSync(context),
});
