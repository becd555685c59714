import type { AvroSchema, EventSource, RecordSchema } from './model.js';
import { isArray, isEnum, isFixed, isMap, isRecord, nullableOf } from './schema.js';

const HEADER =
  '// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate\n';

/**
 * What each dead letter topic has, whatever its source: as many partitions as the source, room for the error's
 * headers besides the largest record, and records kept by size, since they keep their original timestamps.
 */
const DEAD_LETTER_CONFIG = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '1073741824',
  'segment.bytes': '67108864',
  'max.message.bytes': '2097152',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.before.max.ms': '9223372036854775807',
};
const INHERITED = ['min.insync.replicas', 'unclean.leader.election.enable'];

/** The files to be in `libs/contracts/src/generated`, by name. Equal sources give equal bytes. */
export function emit(events: readonly EventSource[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const event of events) files.set(`${event.event}.ts`, emitEvent(event));
  files.set('topics.ts', emitTopics(events));
  files.set('events.ts', emitEvents(events));
  return files;
}

function emitEvent(event: EventSource): string {
  const latest = event.versions.at(-1);
  if (latest === undefined) throw new Error(`schemas/${event.domain}/${event.event} has no version`);
  const { schema } = latest;
  const types = new TypeWriter(schema);
  const contract = {
    domain: event.domain,
    event: event.event,
    schemaName: `${event.domain}.${event.event}`,
    type: `${schema.namespace}.${schema.name}`,
    topic: event.manifest.topic,
    version: latest.number,
    key: event.manifest.key,
    schema,
    earlier: event.versions.slice(0, -1).map((version) => version.schema),
  };
  return [
    HEADER,
    ...event.versions.map((version) => `// version ${version.number} sha256 ${version.fingerprint}\n`),
    `import type { EventContract } from '../contract.js';\n\n`,
    types.text(),
    `/** ${comment(schema.doc)} */\n`,
    `export const ${constantName(event.event)}: EventContract<${schema.name}> = ${json(contract)};\n`,
  ].join('');
}

function emitTopics(events: readonly EventSource[]): string {
  const topics = events.map(({ domain, manifest }) => {
    const { topic, kind, doc, partitions, replicationFactor, key, config } = manifest;
    const inherited = Object.fromEntries(Object.entries(config).filter(([name]) => INHERITED.includes(name)));
    const deadLetter = {
      name: `${topic}.dlq`,
      partitions,
      replicationFactor,
      config: { ...DEAD_LETTER_CONFIG, ...inherited },
    };
    const contract = { domain, name: topic, kind, doc, partitions, replicationFactor, key, config };
    return manifest.deadLetterTopic ? { ...contract, deadLetter } : contract;
  });
  return `${HEADER}import type { TopicContract, TopicSettings } from '../contract.js';

/** Every topic that has a contract, by domain. */
export const topics: readonly TopicContract[] = ${json(topics)};

/** Every topic to be created: those and their dead letter topics. */
export const topicSettings: readonly TopicSettings[] = topics.flatMap((topic) =>
  topic.deadLetter === undefined ? [topic] : [topic, topic.deadLetter],
);
`;
}

function emitEvents(events: readonly EventSource[]): string {
  const imports = events.map(
    (event) => `import { ${constantName(event.event)} } from './${event.event}.js';\n`,
  );
  return `${HEADER}import type { AnyEventContract } from '../contract.js';
${imports.join('')}
/** Every event that has a contract, by domain. */
export const events: readonly AnyEventContract[] = [
${events.map((event) => `  ${constantName(event.event)},\n`).join('')}];
`;
}

/** Turns a record and the types in it into TypeScript; types within are prefixed by the record's name. */
class TypeWriter {
  readonly #root: RecordSchema;
  readonly #declared = new Map<string, string>();

  constructor(root: RecordSchema) {
    this.#root = root;
    this.#record(root, root.name);
  }

  text(): string {
    return [...this.#declared.values()].map((declaration) => `${declaration}\n`).join('');
  }

  #record(schema: RecordSchema, name: string): void {
    // Reserved first: a record may hold itself, and the outermost is to stand first.
    this.#declared.set(name, '');
    const fields = schema.fields.map(
      (field) => `  /** ${comment(field.doc)} */\n  readonly ${field.name}: ${this.#type(field.type)};\n`,
    );
    this.#declared.set(
      name,
      `/** ${comment(schema.doc)} */\nexport interface ${name} {\n${fields.join('')}}\n`,
    );
  }

  #type(schema: AvroSchema): string {
    const nullable = nullableOf(schema);
    if (nullable !== undefined) return `${this.#type(nullable)} | null`;
    if (isRecord(schema)) {
      const name = this.#nested(schema.name);
      this.#record(schema, name);
      return name;
    }
    if (isEnum(schema)) {
      const name = this.#nested(schema.name);
      const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}s`;
      const symbols = schema.symbols.map((symbol) => `'${symbol}'`).join(', ');
      this.#declared.set(
        name,
        `export const ${constant} = [${symbols}] as const;\n` +
          `/** ${comment(schema.doc)} */\nexport type ${name} = (typeof ${constant})[number];\n`,
      );
      return name;
    }
    if (isArray(schema)) return `readonly (${this.#type(schema.items)})[]`.replace(/\((\w+)\)/, '$1');
    if (isMap(schema)) return `Readonly<Record<string, ${this.#type(schema.values)}>>`;
    if (isFixed(schema)) return 'Buffer';
    return this.#primitive(typeof schema === 'string' ? schema : (schema as { readonly type: string }).type);
  }

  #primitive(name: string): string {
    switch (name) {
      case 'string':
      case 'boolean':
      case 'null':
        return name;
      case 'int':
      case 'long':
      case 'float':
      case 'double':
        return 'number';
      case 'bytes':
        return 'Buffer';
      default:
        // A name defined earlier in the schema, or the record itself.
        return name === this.#root.name ? name : this.#nested(name.slice(name.lastIndexOf('.') + 1));
    }
  }

  #nested(name: string): string {
    return `${this.#root.name}${name}`;
  }
}

/** `item-trend` → `itemTrend`. */
function constantName(event: string): string {
  return event.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function comment(doc: string | undefined): string {
  return (doc ?? '').replaceAll('*/', '*\\/').replace(/\s+/g, ' ').trim();
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
