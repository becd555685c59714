import {
  CreateDatabaseCommand,
  CreateRegistryCommand,
  GetDatabaseCommand,
  GetTablesCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalServer } from '../../servers/local-server.js';
import { startMoto } from '../../servers/moto.js';
import { createTable, glueOf } from '../../test/datazone.js';
import { admin, sdkConfig, serve, testOptions } from '../../test/serve.js';
import type { DoublesServer } from '../framework/server.js';
import { glueDouble } from './double.js';

let moto: LocalServer;
let server: DoublesServer;
let glue: GlueClient;

beforeAll(async () => {
  moto = await startMoto();
  server = await serve([glueDouble(testOptions({ motoUrl: moto.url }))]);
  glue = new GlueClient(sdkConfig(server.url));
});

afterAll(async () => {
  glue.destroy();
  await server.close();
  await moto.stop();
});

describe('the Glue Data Catalog', () => {
  it('is at the endpoint of the schema registry, and moto answers for it', async () => {
    await glue.send(new CreateRegistryCommand({ RegistryName: 'mesh' }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'music' } }));
    await createTable(glue, 'music', 'plays');
    const direct = glueOf(moto.url);
    const { TableList } = await direct.send(new GetTablesCommand({ DatabaseName: 'music' }));
    direct.destroy();
    expect(TableList?.map(({ Name }) => Name)).toEqual(['plays']);
    await expect(glue.send(new GetDatabaseCommand({ Name: 'nowhere' }))).rejects.toMatchObject({
      name: 'EntityNotFoundException',
    });
    const { body } = await admin(server.url, 'stats', {}, 'GET');
    expect(body).toMatchObject({
      services: { glue: { GetDatabase: { calls: 1, errorsByCode: { EntityNotFoundException: 1 } } } },
    });
  });

  it('suffers faults as the rest of Glue', async () => {
    await admin(server.url, 'faults', {
      service: 'glue',
      operation: 'GetTables',
      kind: 'throttle',
      count: 1,
    });
    const get = () => glue.send(new GetTablesCommand({ DatabaseName: 'music' }));
    await expect(get()).rejects.toMatchObject({ name: 'ThrottlingException' });
    await get();
  });
});
