import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Lints, outside of Jest's module loader and without types, a text as if it were that file; answers the faulty lines. */
const LINT = `
  import { ESLint } from 'eslint';
  const eslint = new ESLint({
    ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  });
  const lines = {};
  for (const [filePath, text] of JSON.parse(process.argv[1])) {
    const [{ messages }] = await eslint.lintText(text, { filePath });
    lines[filePath] = messages.map((message) => message.fatal ? message.message : message.line);
  }
  process.stdout.write(JSON.stringify(lines));
`;

const IMPORTS = [
  '@mesh/testkit',
  '@mesh/local-cloud',
  '@mesh/service/testing',
  '@mesh/jest/sources.mjs',
  '@aws-sdk/client-glue',
  'kafkajs',
];
const TEXT = IMPORTS.map((from) => `import '${from}';\n`).join('');

/** Files, and which of the imports each must not have. */
const files: readonly (readonly [file: string, denied: readonly string[]])[] = [
  ['apps/interactions/src/app.ts', IMPORTS],
  ['libs/service/src/http/probes.ts', IMPORTS],
  ['libs/streams/src/serde.ts', IMPORTS],
  ['apps/recommendations/src/adapters/http.ts', IMPORTS.filter((from) => !from.startsWith('@aws-sdk/'))],
  ['libs/sinks/src/firehose/firehose-sink.ts', IMPORTS.filter((from) => !from.startsWith('@aws-sdk/'))],
  ['libs/kafka/src/drivers/kafkajs/client.ts', IMPORTS.filter((from) => from !== 'kafkajs')],
  ['apps/interactions/src/integration.test.ts', ['kafkajs']],
  ['libs/sinks/src/test/outcomes.ts', ['kafkajs']],
  ['libs/service/src/testing/index.ts', ['kafkajs']],
  ['tools/mesh/src/main.ts', ['kafkajs']],
];

let found: Readonly<Record<string, readonly (number | string)[]>>;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', LINT, JSON.stringify(files.map(([file]) => [file, TEXT]))],
    { cwd: ROOT },
  );
  found = JSON.parse(stdout) as typeof found;
}, 180_000);

describe('what lint lets import what is for tests, vendors and AWS', () => {
  it.each(files)('%s', (file, denied) => {
    expect(found[file]).toEqual(denied.map((from) => IMPORTS.indexOf(from) + 1));
  });
});
