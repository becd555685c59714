// Records what this version writes, in topics and on disk, and its build: npm run fixtures:record -- VERSION
import { temporaryFolder } from '../temporary-stores.js';
import { isBuildRecorded, recordBuild } from './builds.js';
import { pack, runProgram } from './fixtures.js';

const [, , version = ''] = process.argv;
const directory = temporaryFolder();
// It refuses a version that is out.
await runProgram(directory, 'record', version);
await runProgram(directory, 'leave');
pack(directory, version);
// Once: it stays the oldest that writes so.
if (!isBuildRecorded(version)) await recordBuild(version);
