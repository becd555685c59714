import type { Operation } from '../framework/types.js';
import { TokenBucket } from '../limits/token-bucket.js';
import type { ControlPlane } from './control/control-plane.js';
import type { EventEntry, Properties, RecordKind } from './data/group-data.js';
import { inUse, invalidInput, notFound, throttled } from './errors.js';
import { DatasetSchema } from './schema/dataset-schema.js';
import { propertyValues } from './schema/values.js';

interface Event {
  readonly eventId?: string;
  readonly eventType: string;
  readonly itemId?: string;
  readonly sentAt: Date;
  readonly properties?: string;
}

/** "The following can't be included as a keyword for properties (case insensitive)". */
const reserved = new Set(['userid', 'sessionid', 'eventtype', 'timestamp', 'recommendationid', 'impression']);

/** Columns that an event has members for. */
const eventColumns = [
  ...['USER_ID', 'ITEM_ID', 'EVENT_TYPE', 'EVENT_VALUE', 'TIMESTAMP'],
  ...['IMPRESSION', 'RECOMMENDATION_ID', 'EVENT_ATTRIBUTION_SOURCE'],
];

/**
 * PutEvents, PutItems and PutUsers
 * (https://docs.aws.amazon.com/personalize/latest/dg/API_Operations_Amazon_Personalize_Events.html).
 *
 * An event id that was seen has no second effect; without an id, equal user, item, type and time have not: "If you
 * record two events with exactly the same timestamp and identical properties, Amazon Personalize keeps only one"
 * (https://docs.aws.amazon.com/personalize/latest/dg/recording-item-interaction-events.html). Events without a user are
 * kept under their session, whose id one asks recommendations with.
 */
export function eventOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { resources, data, settings, options } = plane;
  const bucket = (perSecond: number) => new TokenBucket(perSecond, options.now());
  const buckets = {
    PutEvents: bucket(settings.putEventsPerSecond),
    PutItems: bucket(settings.putRecordsPerSecond),
    PutUsers: bucket(settings.putRecordsPerSecond),
  };
  const admit = (operation: keyof typeof buckets, now: number) => {
    const limit = buckets[operation];
    if (!limit.take(1, now)) throw throttled(operation, limit.perSecond);
  };
  const put = (
    kind: RecordKind,
    datasetArn: string,
    now: number,
    records: readonly { id: string; properties?: string }[],
  ) => {
    const dataset = resources.get('dataset', datasetArn, now);
    const type = kind === 'item' ? 'ITEMS' : 'USERS';
    if (dataset.members['datasetType'] !== type)
      throw invalidInput(`${datasetArn} is not a dataset of ${type}`);
    const status = resources.status(dataset, now);
    if (status !== 'ACTIVE') throw inUse(`${datasetArn} is in status ${status}: it must be ACTIVE`);
    const schema = schemaOf(plane, dataset.members['schemaArn'] as string, now);
    const checked = records.map(({ id, properties }): [string, Properties] => {
      const except = [kind === 'item' ? 'ITEM_ID' : 'USER_ID'];
      return [id, propertyValues(schema, properties, `${kind} ${id}`, { complete: true, except })];
    });
    data.change(dataset.parent ?? '', { put: kind, bulk: false, records: checked });
    return {};
  };
  return {
    PutEvents(
      input: { trackingId: string; userId?: string; sessionId: string; eventList: readonly Event[] },
      call,
    ) {
      const now = call.now();
      admit('PutEvents', now);
      const group = groupOf(plane, input.trackingId, now);
      const schema = interactionsSchema(plane, group, now);
      const events = input.eventList.map((event, i): EventEntry => {
        const where = `eventList.${i + 1}`;
        if (event.itemId === undefined)
          throw invalidInput(`${where}: an itemId is needed, as the schema's ITEM_ID`);
        checkProperties(schema, event.properties, where);
        return [event.eventId ?? null, event.eventType, event.itemId, event.sentAt.getTime()];
      });
      data.change(group, { events, user: input.userId ?? input.sessionId, now });
      return {};
    },
    PutItems(input: { datasetArn: string; items: readonly { itemId: string; properties?: string }[] }, call) {
      const now = call.now();
      admit('PutItems', now);
      const records = input.items.map(({ itemId, ...rest }) => ({ id: itemId, ...rest }));
      return put('item', input.datasetArn, now, records);
    },
    PutUsers(input: { datasetArn: string; users: readonly { userId: string; properties?: string }[] }, call) {
      const now = call.now();
      admit('PutUsers', now);
      const records = input.users.map(({ userId, ...rest }) => ({ id: userId, ...rest }));
      return put('user', input.datasetArn, now, records);
    },
  };
}

/** The model of PutEvents has no other error than this, so an unknown tracking id is invalid input. */
function groupOf({ resources }: ControlPlane, trackingId: string, now: number): string {
  const tracker = resources
    .list('event-tracker', now)
    .find(({ members }) => members['trackingId'] === trackingId);
  if (!tracker) throw invalidInput(`The tracking id ${trackingId} does not exist`);
  const status = resources.status(tracker, now);
  if (status !== 'ACTIVE')
    throw invalidInput(`The event tracker ${tracker.arn} is in status ${status}: it must be ACTIVE`);
  return tracker.parent ?? '';
}

function interactionsSchema(plane: ControlPlane, group: string, now: number): DatasetSchema {
  const dataset = plane.resources
    .list('dataset', now)
    .find(({ parent, members }) => parent === group && members['datasetType'] === 'INTERACTIONS');
  if (!dataset) throw invalidInput(`${group} has no dataset of Interactions`);
  return schemaOf(plane, dataset.members['schemaArn'] as string, now);
}

/** Schemas never change, and every event asks for one. */
const parsedSchemas = new WeakMap<object, DatasetSchema>();

function schemaOf({ resources }: ControlPlane, arn: string, now: number): DatasetSchema {
  const resource = resources.find('schema', arn, now);
  if (!resource) throw notFound(arn);
  let schema = parsedSchemas.get(resource.members);
  if (!schema) {
    schema = DatasetSchema.parse(resource.members['schema'] as string);
    parsedSchemas.set(resource.members, schema);
  }
  return schema;
}

function checkProperties(schema: DatasetSchema, properties: string | undefined, where: string): void {
  if (properties === undefined) return;
  const values = propertyValues(schema, properties, where, { complete: false, except: eventColumns });
  for (const name of Object.keys(values)) {
    if (reserved.has(name.replaceAll('_', '').toLowerCase()))
      throw invalidInput(`${where}: ${name} is not allowed in properties`);
  }
}
