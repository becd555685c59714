import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import jsonParser from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

/** Who may import whom (docs/architecture.md): apps → service, sinks → streams → kafka; contracts import nothing. */
const boundaries = [
  ['layer:contracts', []],
  ['layer:personalize', ['layer:contracts']],
  ['layer:local-cloud', []],
  ['layer:kafka', ['layer:local-cloud']],
  ['layer:serde', ['layer:local-cloud']],
  ['layer:testkit', ['layer:contracts', 'layer:kafka', 'layer:serde', 'layer:local-cloud']],
  ['layer:streams', ['layer:kafka', 'layer:local-cloud']],
  ['layer:sinks', ['layer:streams', 'layer:local-cloud', 'layer:testkit']],
  ['layer:outbox', ['layer:kafka', 'layer:local-cloud', 'layer:testkit']],
  ['layer:service', ['layer:streams', 'layer:kafka', 'layer:serde', 'layer:local-cloud']],
  [
    'layer:app',
    [
      'layer:service',
      'layer:sinks',
      'layer:outbox',
      'layer:streams',
      'layer:kafka',
      'layer:serde',
      'layer:contracts',
      'layer:personalize',
      'layer:local-cloud',
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
      'layer:service',
      'layer:outbox',
      'layer:tool',
    ],
  ],
].map(([sourceTag, onlyDependOnLibsWithTags]) => ({ sourceTag, onlyDependOnLibsWithTags }));

const kafkaClients = ['kafkajs', 'kafkajs/*', '@platformatic/kafka'];

/** A vendor's package is imported in one folder only, so that it can be replaced there. */
const vendors = (allowed) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: kafkaClients, message: 'Kafka clients live in libs/kafka/src/drivers.' },
        {
          group: ['@aws-sdk/*'],
          message: 'AWS SDKs live in the adapters: serde/glue, sinks, recommendations, tools.',
        },
      ].filter((pattern) => !pattern.group.some((name) => allowed.includes(name))),
    },
  ],
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/generated/**', '.mesh/**', '.nx/**', '**/reports/**'] },
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
      ...vendors([]),
    },
  },
  { files: ['libs/kafka/src/drivers/**/*.ts'], rules: vendors(kafkaClients) },
  {
    files: [
      'libs/serde/src/glue/**/*.ts',
      'libs/outbox/src/dynamodb/**/*.ts',
      'libs/sinks/src/**/*.ts',
      'libs/local-cloud/src/test/**/*.ts',
      'libs/testkit/src/**/*.ts',
      'apps/recommendations/src/adapters/**/*.ts',
      'tools/mesh/src/**/*.ts',
      '**/*.test.ts',
      '**/src/test/**/*.ts',
    ],
    rules: vendors(['@aws-sdk/*']),
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
        },
      ],
    },
  },
  prettier,
);
