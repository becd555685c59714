// Records what this version writes, in topics and on disk: npm run fixtures:record -- VERSION
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../temporary-stores.js';
import { FIXTURES, pack, runProgram } from './fixtures.js';

const [, , version = ''] = process.argv;
const directory = temporaryFolder();
// It refuses a version that is out.
await runProgram(directory, 'record', version);
await runProgram(directory, 'leave');
rmSync(join(FIXTURES, version), { recursive: true, force: true });
pack(directory, version);
