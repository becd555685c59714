import { createHash } from 'node:crypto';

/** Events as EventBridge delivers them, the same for the same words. */
function event(type: string, detail: object, resources: readonly string[] = []): string {
  const id = createHash('sha256')
    .update(JSON.stringify([type, detail]))
    .digest('hex');
  return JSON.stringify({
    version: '0',
    id: `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20, 32)}`,
    'detail-type': type,
    source: 'aws.glue',
    account: '123456789012',
    time: '2026-01-02T03:04:05Z',
    region: 'us-east-1',
    resources,
    detail,
  });
}

export const crawlerChanged = (crawlerName: string, state = 'Succeeded'): string =>
  event('Glue Crawler State Change', {
    tablesCreated: '1',
    tablesUpdated: '0',
    tablesDeleted: '0',
    accountId: '123456789012',
    crawlerName,
    state,
    message: `Crawling is complete: Crawler ${state}`,
  });

export const databaseChanged = (databaseName: string, typeOfChange: string, tables: string[] = []): string =>
  event('Glue Data Catalog Database State Change', { databaseName, typeOfChange, changedTables: tables });

export const tableChanged = (databaseName: string, tableName: string, typeOfChange = 'UpdateTable'): string =>
  event('Glue Data Catalog Table State Change', { databaseName, tableName, typeOfChange });

/** What CloudTrail records of a call of the registry; `versionNumber` tells repeated registrations apart. */
export const schemaRegistered = (registryName: string, schemaName: string, versionNumber: number): string =>
  event('AWS API Call via CloudTrail', {
    eventSource: 'glue.amazonaws.com',
    eventName: 'RegisterSchemaVersion',
    requestParameters: { schemaId: { registryName, schemaName } },
    responseElements: { versionNumber, status: 'PENDING' },
  });

export const schemaCreated = (registryName: string, schemaName: string): string =>
  event('AWS API Call via CloudTrail', {
    eventSource: 'glue.amazonaws.com',
    eventName: 'CreateSchema',
    requestParameters: { registryId: { registryName }, schemaName, dataFormat: 'AVRO' },
    responseElements: { registryName, schemaName, schemaStatus: 'AVAILABLE' },
  });
