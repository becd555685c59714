import type { AnyEventContract, EventEnvelope } from './contract.js';

/** A Kafka header: order is kept and a name may occur more than once. */
export type CloudEventHeader = readonly [name: string, value: Buffer | null];

/**
 * The attributes of an event, by their CloudEvents names.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly type: string;
  /** A URI reference: `/<producer>`. */
  readonly source: string;
  /** Milliseconds since the epoch, UTC. */
  readonly time?: number;
  readonly subject?: string;
  /** Extension attribute: what one request led to shares it. */
  readonly correlationid?: string;
  /** Extension attribute: the revision of the entity that the event is about. */
  readonly version?: number;
  readonly datacontenttype?: string;
}

const PREFIX = 'ce_';
const CONTENT_TYPE = 'content-type';
/** Binary Avro, in whatever frame its registry puts it. */
const AVRO = 'application/avro';
const constant = {
  specversion: Buffer.from('1.0'),
  contentType: Buffer.from(AVRO),
};

/**
 * The headers of a record that carries `event`, in the CloudEvents Kafka binding's binary mode.
 * `subject` is what the event is about, `version` the revision that it has with it; by default not told.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 * @throws RangeError where `occurredAt` is no point in time
 */
export function cloudEventHeaders(
  contract: Pick<AnyEventContract, 'type'>,
  event: EventEnvelope,
  options: { readonly subject?: string; readonly version?: number } = {},
): CloudEventHeader[] {
  const headers: CloudEventHeader[] = [
    [`${PREFIX}specversion`, constant.specversion],
    [`${PREFIX}id`, Buffer.from(event.eventId)],
    [`${PREFIX}type`, Buffer.from(contract.type)],
    [`${PREFIX}source`, Buffer.from(`/${event.producer}`)],
    [`${PREFIX}time`, Buffer.from(new Date(event.occurredAt).toISOString())],
  ];
  if (options.subject !== undefined) headers.push([`${PREFIX}subject`, Buffer.from(options.subject)]);
  headers.push([`${PREFIX}correlationid`, Buffer.from(event.correlationId)]);
  if (options.version !== undefined) headers.push([`${PREFIX}version`, Buffer.from(`${options.version}`)]);
  headers.push([CONTENT_TYPE, constant.contentType]);
  return headers;
}

/**
 * The CloudEvents attributes among a record's headers; `undefined` where a required one (`specversion`, `id`,
 * `type`, `source`) is missing, which is how a record that is no CloudEvent looks. Of a repeated header the last counts.
 */
export function readCloudEvent(headers: readonly CloudEventHeader[]): CloudEvent | undefined {
  const found = new Map<string, string>();
  for (const [name, value] of headers) {
    if (value !== null && (name.startsWith(PREFIX) || name === CONTENT_TYPE))
      found.set(name, value.toString());
  }
  const specversion = found.get('ce_specversion');
  const id = found.get('ce_id');
  const type = found.get('ce_type');
  const source = found.get('ce_source');
  if (specversion === undefined || id === undefined || type === undefined || source === undefined)
    return undefined;
  const time = Date.parse(found.get('ce_time') ?? '');
  const subject = found.get('ce_subject');
  const correlationid = found.get('ce_correlationid');
  const version = Number(found.get('ce_version') ?? NaN);
  const datacontenttype = found.get(CONTENT_TYPE);
  return {
    specversion,
    id,
    type,
    source,
    ...(Number.isNaN(time) ? {} : { time }),
    ...(subject === undefined ? {} : { subject }),
    ...(correlationid === undefined ? {} : { correlationid }),
    ...(Number.isSafeInteger(version) ? { version } : {}),
    ...(datacontenttype === undefined ? {} : { datacontenttype }),
  };
}
