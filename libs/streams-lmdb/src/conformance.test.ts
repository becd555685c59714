import { describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const conformance = join(import.meta.dirname, '../../streams/src/test/conformance');

/** The records that a file of cases is answered with. */
function records(text: string): readonly unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
    .filter((line) => 'topic' in line);
}

describe("Kafka Streams' cases with state in LMDB", () => {
  it('are answered as by Kafka Streams', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...RUN_SOURCES,
        ...[join(conformance, 'main.ts'), join(conformance, 'fixtures/cases.json')],
        ...['--state-stores', join(import.meta.dirname, 'test/temporary-stores.ts')],
      ],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    const expected = await readFile(join(conformance, 'fixtures/expected.jsonl'), 'utf8');
    expect(records(stdout)).toEqual(records(expected));
  }, 300_000);
});
