import { loadConfig, mskFunction } from '@mesh/service';
import { FunctionConfigSchema } from './config.js';
import { functionParts } from './parts.js';

/**
 * For Lambda with `songs` or `podcasts` as its MSK event source. Not the same as the process: an item goes with the
 * artist or podcast as its own event names it, so a rename is seen when the item is changed next, or imported.
 */
export const handler = mskFunction({
  name: 'items-update',
  config: loadConfig(FunctionConfigSchema),
  topology: functionParts,
});
