import avro from 'avsc';
import { InvalidContractsError } from './model.js';
import type { AvroSchema, EventSource, FieldSchema, SchemaVersion, TopicManifest } from './model.js';
import { isArray, isEnum, isFixed, isMap, isRecord, isUnion, nullableOf } from './schema.js';

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const CAMEL = /^[a-z][a-zA-Z0-9]*$/;
const PASCAL = /^[A-Z][a-zA-Z0-9]*$/;
const SYMBOL = /^[A-Z][A-Z0-9_]*$/;
const TOPIC = /^[a-z0-9][a-z0-9._-]{0,248}$/;

/** The fields every event and entity carries, and the type each has. */
const ENVELOPE: Readonly<Record<string, AvroSchema>> = {
  eventId: { type: 'string', logicalType: 'uuid' },
  occurredAt: { type: 'long', logicalType: 'timestamp-millis' },
  producer: 'string',
  correlationId: 'string',
};

/**
 * Checks what a contract promises its readers: names in the field's usual case, a doc on every record and field,
 * the envelope, a key that exists, Avro that parses and that has a plain TypeScript form.
 * @throws InvalidContractsError with every fault found
 */
export function validate(events: readonly EventSource[]): void {
  const faults: string[] = [];
  for (const domain of new Set(events.map((event) => event.domain))) {
    if (!KEBAB.test(domain))
      faults.push(`schemas/${domain}: a domain's name is lower-case words joined by hyphens`);
  }
  for (const event of events) {
    validateManifest(`schemas/${event.domain}/${event.event}/topic.json`, event.manifest, faults);
    validateEvent(event, faults);
  }
  for (const [what, names] of [
    ['topic', events.map((event) => event.manifest.topic)],
    ['event', events.map((event) => event.event)],
    ['record', events.map((event) => String(newest(event)?.schema.name))],
  ] as const) {
    for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
      faults.push(`schemas: two contracts have the ${what} name ${JSON.stringify(name)}; each needs its own`);
    }
  }
  if (faults.length > 0) throw new InvalidContractsError(faults);
}

function validateManifest(file: string, manifest: TopicManifest, faults: string[]): void {
  const wrong = (field: string, rule: string) => faults.push(`${file}: ${field} ${rule}`);
  const text = (value: unknown) => typeof value === 'string' && value.trim() !== '';
  const positive = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
  if (!TOPIC.test(String(manifest.topic))) wrong('topic', 'has to be a topic name in lower case');
  if (!['event', 'entity', 'aggregate'].includes(manifest.kind))
    wrong('kind', 'is event, entity or aggregate');
  if (!text(manifest.doc)) wrong('doc', 'has to say what the topic holds');
  if (!positive(manifest.partitions)) wrong('partitions', 'has to be a positive integer');
  if (!positive(manifest.replicationFactor)) wrong('replicationFactor', 'has to be a positive integer');
  if (!text(manifest.key?.field) || !text(manifest.key?.why)) wrong('key', 'needs field and why');
  if (typeof manifest.deadLetterTopic !== 'boolean') wrong('deadLetterTopic', 'is true or false');
  const config = manifest.config ?? {};
  for (const [name, value] of Object.entries(config)) {
    if (typeof value !== 'string') wrong(`config[${name}]`, 'has to be a string, as Kafka has it');
  }
  for (const name of Object.keys(manifest.configWhy ?? {})) {
    if (!(name in config)) wrong(`configWhy[${name}]`, 'explains a setting that config does not have');
  }
  const policy = manifest.kind === 'event' ? 'delete' : 'compact';
  if (config['cleanup.policy'] !== policy)
    wrong('config[cleanup.policy]', `has to be ${policy} for this kind`);
}

function validateEvent(event: EventSource, faults: string[]): void {
  if (!KEBAB.test(event.event)) {
    faults.push(
      `schemas/${event.domain}/${event.event}: an event's name is lower-case words joined by hyphens`,
    );
  }
  const namespace = `music.${event.domain.replaceAll('-', '_')}`;
  for (const version of event.versions) {
    const { schema, file } = version;
    if (!isRecord(schema)) {
      faults.push(`${file}: the type has to be a record`);
      continue;
    }
    if (schema.name !== pascal(event.event))
      faults.push(`${file}: the record's name has to be ${pascal(event.event)}`);
    if (schema.namespace !== namespace) faults.push(`${file}: the namespace has to be ${namespace}`);
    checkSchema(version, schema, schema.name, faults);
    try {
      avro.Type.forSchema(schema as unknown as avro.Schema, { noAnonymousTypes: false });
    } catch (error) {
      faults.push(`${file}: is no valid Avro: ${error instanceof Error ? error.message : String(error)}`);
    }
    const field = (name: string) => schema.fields.find((candidate) => candidate.name === name);
    const key = field(event.manifest.key?.field);
    if (key === undefined || baseType(key.type) !== 'string') {
      faults.push(
        `${file}: the key ${String(event.manifest.key?.field)} of topic.json has to be a string field here`,
      );
    }
    if (event.manifest.kind === 'aggregate') continue;
    for (const [name, type] of Object.entries(ENVELOPE)) {
      if (JSON.stringify(field(name)?.type) !== JSON.stringify(type)) {
        faults.push(`${file}: the envelope needs ${name} of type ${JSON.stringify(type)}`);
      }
    }
    // Earlier versions were published before entities had revisions.
    if (event.manifest.kind !== 'entity' || version !== newest(event)) continue;
    if (field('version')?.type !== 'long') {
      faults.push(`${file}: an entity needs version of type "long", by which its states are ordered`);
    }
  }
}

function checkSchema(version: SchemaVersion, schema: AvroSchema, path: string, faults: string[]): void {
  const wrong = (rule: string) => faults.push(`${version.file}: ${path} ${rule}`);
  if (isUnion(schema)) {
    const inner = nullableOf(schema);
    if (inner === undefined)
      wrong('is a union other than null and one type, which has no plain TypeScript form');
    else checkSchema(version, inner, path, faults);
  } else if (isRecord(schema)) {
    if (!PASCAL.test(schema.name)) wrong('needs a record name in PascalCase');
    if (!documented(schema)) wrong('needs a doc');
    for (const field of schema.fields) checkField(version, field, `${path}.${field.name}`, faults);
  } else if (isEnum(schema)) {
    if (!PASCAL.test(schema.name)) wrong('needs an enum name in PascalCase');
    if (!documented(schema)) wrong('needs a doc on its enum');
    for (const symbol of schema.symbols)
      if (!SYMBOL.test(symbol)) wrong(`has the symbol ${symbol}, not in UPPER_CASE`);
  } else if (isArray(schema)) {
    checkSchema(version, schema.items, `${path}[]`, faults);
  } else if (isMap(schema)) {
    checkSchema(version, schema.values, `${path}{}`, faults);
  } else if (isFixed(schema) && !PASCAL.test(schema.name)) {
    wrong('needs a name in PascalCase');
  }
}

function checkField(version: SchemaVersion, field: FieldSchema, path: string, faults: string[]): void {
  if (!CAMEL.test(field.name)) faults.push(`${version.file}: ${path} needs a name in camelCase`);
  if (!documented(field))
    faults.push(`${version.file}: ${path} needs a doc: meaning, and the unit where it has one`);
  if (nullableOf(field.type) !== undefined && field.default !== null) {
    faults.push(
      `${version.file}: ${path} may be null, so it needs null first in its union and "default": null`,
    );
  }
  checkSchema(version, field.type, path, faults);
}

function documented(schema: { readonly doc?: string }): boolean {
  return typeof schema.doc === 'string' && schema.doc.trim() !== '';
}

function baseType(schema: AvroSchema): unknown {
  return typeof schema === 'object' && 'type' in schema ? schema.type : schema;
}

function newest(event: EventSource): SchemaVersion | undefined {
  return event.versions.at(-1);
}

/** `item-trend` → `ItemTrend`. */
export function pascal(kebab: string): string {
  return kebab.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
}
