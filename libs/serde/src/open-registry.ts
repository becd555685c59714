import type { SchemaRegistry } from './registry.js';

/** What says where schemas are, under the names it has in the environment. */
export interface SchemaRegistryConfig {
  /** Of what is written, and the only one that is read. */
  readonly SCHEMA_FRAMING: 'glue' | 'confluent';
  readonly GLUE_REGISTRY_NAME: string;
  /** Of a registry that speaks Confluent's protocol; credentials may stand in it. Needed with `confluent`. */
  readonly SCHEMA_REGISTRY_URL?: string;
}

/**
 * The registry that the configuration names; only its client is loaded.
 * @throws Error where `SCHEMA_FRAMING=confluent` comes without `SCHEMA_REGISTRY_URL`
 */
export async function openSchemaRegistry(config: SchemaRegistryConfig): Promise<SchemaRegistry> {
  switch (config.SCHEMA_FRAMING) {
    case 'glue': {
      const { glueSchemaRegistry } = await import('./glue/index.js');
      return glueSchemaRegistry({ registryName: config.GLUE_REGISTRY_NAME });
    }
    case 'confluent': {
      if (config.SCHEMA_REGISTRY_URL === undefined) {
        throw new Error(
          'SCHEMA_FRAMING is confluent: set SCHEMA_REGISTRY_URL to the address of the registry',
        );
      }
      const { confluentSchemaRegistry } = await import('./confluent/index.js');
      const url = new URL(config.SCHEMA_REGISTRY_URL);
      const { username, password } = url;
      url.username = url.password = '';
      return confluentSchemaRegistry({
        url: url.href,
        ...(username === ''
          ? {}
          : { auth: { username: decodeURIComponent(username), password: decodeURIComponent(password) } }),
      });
    }
  }
}
