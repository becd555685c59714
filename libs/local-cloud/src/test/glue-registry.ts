import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  GetSchemaByDefinitionCommand,
  GetSchemaVersionCommand,
  GlueClient,
  RegisterSchemaVersionCommand,
  type Compatibility,
} from '@aws-sdk/client-glue';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { DoublesServer } from '../doubles/framework/server.js';
import { glueDouble } from '../doubles/glue/double.js';
import { memoryJournals } from '../doubles/journal/memory-journals.js';
import { sdkConfig, serve, testOptions } from './serve.js';

export const record = (...fields: object[]): string =>
  JSON.stringify({
    type: 'record',
    name: 'Event',
    namespace: 'music',
    fields: [{ name: 'id', type: 'string' }, ...fields],
  });
export const v1 = record();
export const v2 = record({ name: 'note', type: 'string', default: '' });
export const v3 = record(
  { name: 'note', type: 'string', default: '' },
  { name: 'stars', type: 'int', default: 0 },
);
export const incompatible = record({ name: 'note', type: 'string' });

let journals = memoryJournals();
let clock = 1_700_000_000_000;

/** Milliseconds since the epoch, by the clock of the double. */
export const now = (): number => clock;

export function pass(ms: number): void {
  clock += ms;
}

export const doublesUrl = (): string => server.url;

let server: DoublesServer;
export let glue: GlueClient;

export async function start(): Promise<void> {
  const options = testOptions({ journals, now });
  const settings = { pendingMs: 1000, limits: { registries: 3, schemaVersions: 8 } };
  server = await serve([glueDouble(options, settings)], { now });
  glue = new GlueClient(sdkConfig(server.url));
}

export async function stop(): Promise<void> {
  glue.destroy();
  await server.close();
}

/** Before and after each test: a registry `mesh` and nothing else. */
export function withRegistry(): void {
  beforeEach(async () => {
    journals = memoryJournals();
    await start();
    await glue.send(
      new CreateRegistryCommand({ RegistryName: 'mesh', Description: 'all of it', Tags: { team: 'm' } }),
    );
  });

  afterEach(stop);
}

export const schemaId = { RegistryName: 'mesh', SchemaName: 'music.event' };
export const create = (
  compatibility: Compatibility = 'BACKWARD_ALL',
  definition = v1,
  name = 'music.event',
) =>
  glue.send(
    new CreateSchemaCommand({
      RegistryId: { RegistryName: 'mesh' },
      SchemaName: name,
      DataFormat: 'AVRO',
      Compatibility: compatibility,
      SchemaDefinition: definition,
    }),
  );
export const register = (definition: string) =>
  glue.send(new RegisterSchemaVersionCommand({ SchemaId: schemaId, SchemaDefinition: definition }));
export const byId = (id: string | undefined) =>
  glue.send(new GetSchemaVersionCommand({ SchemaVersionId: id }));
export const byNumber = (number: number) =>
  glue.send(
    new GetSchemaVersionCommand({ SchemaId: schemaId, SchemaVersionNumber: { VersionNumber: number } }),
  );
export const latest = () =>
  glue.send(
    new GetSchemaVersionCommand({ SchemaId: schemaId, SchemaVersionNumber: { LatestVersion: true } }),
  );
export const byDefinition = (definition: string, id: object = schemaId) =>
  glue.send(new GetSchemaByDefinitionCommand({ SchemaId: id, SchemaDefinition: definition }));
/** Registers and lets the check come to its end. */
export async function registerAndWait(definition: string): Promise<string | undefined> {
  const { SchemaVersionId: id } = await register(definition);
  clock += 1000;
  return (await byId(id)).Status;
}
export const refusal = (name: string, message: string) => ({
  name,
  message: expect.stringContaining(message) as unknown,
});
