import { loadConfig, mskFunction } from '@mesh/service';
import { FunctionConfigSchema } from './config.js';
import { parts } from './parts.js';

/** The same as the process, for Lambda with the topic as its MSK event source. */
export const handler = mskFunction({
  name: 'users-update',
  config: loadConfig(FunctionConfigSchema),
  topology: parts,
});
