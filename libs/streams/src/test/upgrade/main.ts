// Records what the library writes, for the versions after it to read: npm run fixtures:record -- VERSION
// With state on disk, for the package that keeps it (MODULE has a default export that answers with a provider):
//   main.ts leave --state-stores MODULE               runs until the same point, with this state
//   main.ts go-on VERSION --state-stores MODULE       goes on from it, and prints what comes of it
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { StateStoreProvider } from '../../state/provider.js';
import { goOn, leave, record } from './record.js';
import { isReleased, loadRecording, recordingFile } from './recording.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'state-stores': { type: 'string' } },
});
const [command = '', version = ''] = positionals;

async function provider(): Promise<StateStoreProvider> {
  const path = values['state-stores'];
  if (path === undefined) throw new Error(`${command} needs --state-stores MODULE`);
  const module = (await import(pathToFileURL(resolve(path)).href)) as {
    readonly default: () => StateStoreProvider;
  };
  return module.default();
}

switch (command) {
  case 'record': {
    if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error('give the version that is recorded, as 1.2.3');
    if (isReleased(version)) {
      throw new Error(`${version} is released: what it wrote stays as it is. Record a version after it`);
    }
    const file = recordingFile(version);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(await record(version), null, 1)}\n`);
    break;
  }
  case 'leave':
    await leave(await provider());
    break;
  case 'go-on':
    process.stdout.write(JSON.stringify(await goOn(loadRecording(version).topics, await provider())));
    break;
  default:
    throw new Error(`record, leave or go-on, not ${command}`);
}
