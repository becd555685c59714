import { describe, expect, it } from '@jest/globals';
import { parseEvent } from './events.js';
import * as events from './testing/sample-events.js';

const change = (text: string) => parseEvent(text).change;
const altered = (text: string, change: (event: Record<string, unknown>) => void): string => {
  const event = JSON.parse(text) as Record<string, unknown>;
  change(event);
  return JSON.stringify(event);
};

describe('an event', () => {
  it('of a crawler names the crawler', () => {
    expect(change(events.crawlerChanged('plays'))).toEqual({ kind: 'crawler-succeeded', crawler: 'plays' });
  });

  it('of a database or a table names the database', () => {
    const expected = { kind: 'database-changed', database: 'music' };
    expect(change(events.databaseChanged('music', 'CreateTable', ['plays']))).toEqual(expected);
    expect(change(events.tableChanged('music', 'plays'))).toEqual(expected);
  });

  it('of the registry names registry and schema, however CloudTrail says it', () => {
    const expected = { kind: 'schema-registered', registry: 'mesh', schema: 'songs.song' };
    expect(change(events.schemaRegistered('mesh', 'songs.song', 2))).toEqual(expected);
    expect(change(events.schemaCreated('mesh', 'songs.song'))).toEqual(expected);
    const byArn = altered(events.schemaRegistered('mesh', 'songs.song', 2), (event) => {
      const arn = 'arn:aws:glue:eu-west-1:123456789012:schema/mesh/songs.song';
      (event['detail'] as Record<string, unknown>)['requestParameters'] = { schemaId: { schemaArn: arn } };
    });
    expect(change(byArn)).toEqual(expected);
  });

  it.each([
    ['a crawler that failed', events.crawlerChanged('plays', 'Failed'), 'state is Failed'],
    ['partitions', events.tableChanged('music', 'plays', 'BatchCreatePartition'), 'does not change an asset'],
    [
      'another call of Glue',
      altered(events.schemaCreated('m', 's'), (event) => {
        (event['detail'] as Record<string, unknown>)['eventName'] = 'StartJobRun';
      }),
      'registers no schema version',
    ],
    [
      'a call that failed',
      altered(events.schemaCreated('m', 's'), (event) => {
        (event['detail'] as Record<string, unknown>)['errorCode'] = 'AccessDeniedException';
      }),
      'failed: AccessDeniedException',
    ],
    [
      'another source',
      altered(events.crawlerChanged('plays'), (event) => (event['source'] = 'aws.s3')),
      'of aws.s3',
    ],
  ])('of %s is ignored, with the reason', (_, text, reason) => {
    expect(change(text)).toEqual({ kind: 'ignored', reason: expect.stringContaining(reason) as unknown });
  });

  it.each([
    ['that is not JSON', '{', 'it is not JSON'],
    ['that is a list', '[]', 'it is no JSON object'],
    ['without an id', altered(events.crawlerChanged('a'), (event) => delete event['id']), '"id" is missing'],
    [
      'without its detail',
      altered(events.crawlerChanged('a'), (event) => delete event['detail']),
      '"detail" is missing',
    ],
    [
      'whose crawler is a number',
      altered(events.crawlerChanged('a'), (event) => {
        event['detail'] = { state: 'Succeeded', crawlerName: 1 };
      }),
      '"detail.crawlerName" is no text',
    ],
    [
      'of a schema without a name',
      altered(events.schemaRegistered('m', 's', 1), (event) => {
        (event['detail'] as Record<string, unknown>)['requestParameters'] = { schemaId: {} };
      }),
      '"detail.requestParameters" names neither schemaArn nor registryName and schemaName',
    ],
  ])('%s is refused, with the field', (_, text, problem) => {
    expect(() => parseEvent(text)).toThrow(
      expect.objectContaining({
        code: 'MESH_CATALOG_EVENT_INVALID',
        transient: false,
        message: `the event cannot be used: ${problem}`,
      }),
    );
  });
});
