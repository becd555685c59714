import { CatalogError } from './errors.js';

/** A crawler has ended well: its database may have new tables. */
export interface CrawlerSucceeded {
  readonly kind: 'crawler-succeeded';
  readonly crawler: string;
}

/** Tables of a database, or the database itself, were created, changed or dropped. */
export interface DatabaseChanged {
  readonly kind: 'database-changed';
  readonly database: string;
}

/** A schema has a new version. */
export interface SchemaRegistered {
  readonly kind: 'schema-registered';
  readonly registry: string;
  readonly schema: string;
}

export type CatalogChange = CrawlerSucceeded | DatabaseChanged | SchemaRegistered;

/** An event that does not concern the catalogue, and why. */
export interface IgnoredEvent {
  readonly kind: 'ignored';
  readonly reason: string;
}

/** An event as EventBridge delivers it. */
export interface CatalogEvent {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly change: CatalogChange | IgnoredEvent;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads an EventBridge event of Glue
 * (https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html), or of CloudTrail for calls
 * of the schema registry, which has no events of its own
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 *
 * @throws CatalogError `MESH_CATALOG_EVENT_INVALID`, naming the field
 */
export function parseEvent(text: string): CatalogEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (!isObject(parsed)) throw invalid('it is no JSON object');
  const id = textOf(parsed, 'id');
  const time = textOf(parsed, 'time');
  return { id, time, change: changeOf(parsed, textOf(parsed, 'detail-type')) };
}

function changeOf(event: Json, type: string): CatalogChange | IgnoredEvent {
  const source = textOf(event, 'source');
  if (source !== 'aws.glue') return ignored(`it is of ${source}, not of aws.glue`);
  const detail = event['detail'];
  if (!isObject(detail)) throw invalid('"detail" is missing');
  switch (type) {
    case 'Glue Crawler State Change': {
      const state = textOf(detail, 'state', 'detail.');
      if (state !== 'Succeeded') return ignored(`the crawler's state is ${state}`);
      return { kind: 'crawler-succeeded', crawler: textOf(detail, 'crawlerName', 'detail.') };
    }
    case 'Glue Data Catalog Database State Change':
    case 'Glue Data Catalog Table State Change': {
      const change = textOf(detail, 'typeOfChange', 'detail.');
      // Partitions come and go with the data; an asset does not show them.
      if (change.includes('Partition')) return ignored(`${change} does not change an asset`);
      return { kind: 'database-changed', database: textOf(detail, 'databaseName', 'detail.') };
    }
    case 'AWS API Call via CloudTrail':
      return schemaCall(detail);
    default:
      return ignored(`"${type}" does not concern the catalogue`);
  }
}

function schemaCall(detail: Json): CatalogChange | IgnoredEvent {
  const call = textOf(detail, 'eventName', 'detail.');
  if (call !== 'RegisterSchemaVersion' && call !== 'CreateSchema')
    return ignored(`${call} registers no schema version`);
  if (typeof detail['errorCode'] === 'string')
    return ignored(`the call ${call} failed: ${detail['errorCode']}`);
  const request = detail['requestParameters'];
  if (!isObject(request)) throw invalid('"detail.requestParameters" is missing');
  const response = detail['responseElements'];
  const found = schemaOf(
    call === 'CreateSchema' ? [response, request, request['registryId']] : [request['schemaId']],
  );
  if (found === undefined)
    throw invalid('"detail.requestParameters" names neither schemaArn nor registryName and schemaName');
  return { kind: 'schema-registered', ...found };
}

/** `arn:aws:glue:<region>:<account>:schema/<registry>/<schema>` */
const schemaArn = /^arn:[^:]+:glue:[^:]*:\d*:schema\/([^/]+)\/(.+)$/;

function schemaOf(places: readonly unknown[]): { registry: string; schema: string } | undefined {
  const named = (name: string): string | undefined => {
    for (const place of places) {
      const value = isObject(place) ? place[name] : undefined;
      if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
  const [, inRegistry, ofSchema] = schemaArn.exec(named('schemaArn') ?? '') ?? [];
  const registry = inRegistry ?? named('registryName');
  const schema = ofSchema ?? named('schemaName');
  return registry === undefined || schema === undefined ? undefined : { registry, schema };
}

function textOf(object: Json, name: string, path = ''): string {
  const value = object[name];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`"${path}${name}" is ${value === undefined ? 'missing' : 'no text'}`);
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const ignored = (reason: string): IgnoredEvent => ({ kind: 'ignored', reason });

const invalid = (problem: string, cause?: unknown): CatalogError =>
  new CatalogError('MESH_CATALOG_EVENT_INVALID', `the event cannot be used: ${problem}`, { cause });
