import { Type } from '@sinclair/typebox';

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

/** What every application reads that looks up contracts, which are in Glue; to be spread into its own properties. */
export const SchemaRegistryConfigProperties = {
  ...AwsConfigProperties,
  GLUE_REGISTRY_NAME: Type.String({ default: 'music-mesh', minLength: 1 }),
};
