import { GetSchemaVersionCommand, GlueClient, ListSchemaVersionsCommand } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { events } from '@mesh/contracts';
import { startDoubles, type Doubles } from '@mesh/local-cloud';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localClient } from './aws.js';
import { registerContracts, registryName } from './contracts.js';

let stateDir: string;
let doubles: Doubles;
let glue: GlueClient;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'mesh-contracts-'));
  doubles = await startDoubles({ stateDir, services: ['glue'] });
  glue = new GlueClient(localClient(doubles.url));
}, 240_000);

afterAll(async () => {
  glue.destroy();
  await doubles.close();
  rmSync(stateDir, { recursive: true, force: true });
});

describe('the registered contracts', () => {
  it('have every version in order, each able to follow those before it, and stay as they are', async () => {
    await registerContracts(doubles.url, () => {});
    await registerContracts(doubles.url, () => {});
    for (const { schemaName, earlier, schema } of events) {
      const SchemaId = { RegistryName: registryName, SchemaName: schemaName };
      const { Schemas } = await glue.send(new ListSchemaVersionsCommand({ SchemaId }));
      expect({ schemaName, versions: Schemas?.length }).toEqual({ schemaName, versions: earlier.length + 1 });
      for (const [index, expected] of [...earlier, schema].entries()) {
        const { SchemaDefinition, Status } = await glue.send(
          new GetSchemaVersionCommand({ SchemaId, SchemaVersionNumber: { VersionNumber: index + 1 } }),
        );
        expect(Status).toBe('AVAILABLE');
        expect(JSON.parse(SchemaDefinition ?? '')).toEqual(expected);
      }
    }
  });
});
