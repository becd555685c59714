import { CatalogError } from '../errors.js';
import type { AssetTypes } from '../ports/datazone/assets.js';
import type { SchemaVersion } from '../ports/schema-registry.js';
import type { Topic } from '../ports/topics.js';

const formName = 'KafkaTopicForm';

/** Characters the content of a form may have in DataZone. */
const maxContent = 300_000;

/** The custom types of topics. A field is only ever added, and none is required that was not from the start. */
export const topicTypes = {
  formType: {
    name: formName,
    description: 'A Kafka topic of the mesh with its current schema',
    smithy: `structure ${formName} {
  @documentation("The topic's name")
  @required
  topic: String

  @documentation("The domain of the mesh that owns the topic")
  @required
  domain: String

  @required
  partitions: Integer

  @documentation("The field whose text is the records' key")
  @required
  keyField: String

  @documentation("Why records are keyed by it")
  keyReason: String

  @documentation("The schema registry and the schema in it")
  @required
  schema: String

  @documentation("The number of the schema's version")
  @required
  schemaVersion: Integer

  @documentation("The id of the schema's version, which each record carries")
  @required
  schemaVersionId: String

  @documentation("The Avro schema")
  @required
  schemaDefinition: String
}`,
  },
  assetType: { name: 'KafkaTopic', description: 'A Kafka topic of the mesh' },
} as const satisfies AssetTypes;

/** The form of a topic under one version of its schema, as JSON text; members are always in this order. */
export function topicForm(topic: Topic, schema: string, version: SchemaVersion, definition: string): string {
  const form = JSON.stringify({
    topic: topic.name,
    domain: topic.domain,
    partitions: topic.partitions,
    keyField: topic.key.field,
    keyReason: topic.key.why,
    schema,
    schemaVersion: version.number,
    schemaVersionId: version.id,
    schemaDefinition: definition,
  });
  if (form.length <= maxContent) return form;
  throw new CatalogError(
    'MESH_CATALOG_REFUSED',
    `version ${version.number} of ${schema} makes a form of ${form.length} characters, DataZone takes ${maxContent}`,
  );
}

/** Under which version a form was made; 0 where it is no topic's form. */
export function versionOfForm(form: string): number {
  const { schemaVersion } = JSON.parse(form) as { schemaVersion?: unknown };
  return typeof schemaVersion === 'number' ? schemaVersion : 0;
}
