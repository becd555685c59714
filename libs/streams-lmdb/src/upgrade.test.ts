import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './test/temporary-stores.js';
import { recordedVersions, runProgram, unpack } from './test/upgrade/fixtures.js';

interface Continued {
  readonly restored: number;
  readonly outputs: object;
  readonly stores: object;
}

/** In topics; the state on disk belongs to it. */
function recorded(version: string): Continued {
  const file = join(import.meta.dirname, '../../streams/fixtures', version, 'recording.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Continued;
}

describe.each(recordedVersions())('state that version %s has left on disk', (version) => {
  it('is gone on from, and nothing of it is read from changelogs', async () => {
    const directory = temporaryFolder();
    unpack(version, directory);
    const { restored, outputs, stores } = JSON.parse(
      await runProgram(directory, 'go-on', version),
    ) as Continued;
    expect(restored).toBe(0);
    // What the topology was given since is not in it.
    expect(outputs).toMatchObject(recorded(version).outputs);
    expect(stores).toMatchObject(recorded(version).stores);
  });
});
