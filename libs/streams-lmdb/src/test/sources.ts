import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const hooks = createRequire(import.meta.url).resolve('@mesh/jest/typescript.mjs');

/** What Node is told, in a process or a worker, to run our sources. */
export const RUN_SOURCES = ['--conditions=@mesh/source', '--import', pathToFileURL(hooks).href];
