import { Type } from '@sinclair/typebox';
import type { ConfigFault, Environment } from './load.js';

/** What every application reads that talks to AWS; to be spread into its own properties. */
export const AwsConfigProperties = {
  /**
   * The SDK would ask for it at the first call only, long after the start. Credentials are not checked: they may come
   * from the task's role.
   */
  AWS_REGION: Type.String({
    pattern: '^[a-z]{2,}(-[a-z]+)+-\\d+$',
    description: 'a region of AWS, as eu-central-1',
  }),
};

/** What every application reads that looks up contracts; to be spread into its own properties. */
export const SchemaRegistryConfigProperties = {
  ...AwsConfigProperties,
  /** Which registry the contracts are in: AWS Glue's, or one that speaks Confluent's protocol. */
  SCHEMA_FRAMING: Type.Union([Type.Literal('glue'), Type.Literal('confluent')], { default: 'glue' }),
  SCHEMA_REGISTRY_URL: Type.Optional(
    Type.String({
      pattern: '^https?://',
      description: 'the address of a schema registry, as http://host:8081',
    }),
  ),
  GLUE_REGISTRY_NAME: Type.String({ default: 'music-mesh', minLength: 1 }),
};

/** An address of its own is what the second kind of registry needs. */
export function schemaRegistryFaults(env: Environment): ConfigFault[] {
  const given = (variable: string): string | undefined => env[variable]?.trim() || undefined;
  if (given('SCHEMA_FRAMING') !== 'confluent' || given('SCHEMA_REGISTRY_URL') !== undefined) return [];
  const variable = 'SCHEMA_REGISTRY_URL';
  return [
    { variable, line: `configuration: ${variable} is not set; SCHEMA_FRAMING is confluent, which needs it` },
  ];
}
