import { invalidInput } from '../errors.js';

/** A value of a dataset: what its columns' types allow. */
export type Value = string | number | boolean | null;

export interface Column {
  /** As in the schema and in CSV headers: `CREATION_TIMESTAMP`. */
  readonly name: string;
  /** As in the properties of PutItems and PutEvents: `creationTimestamp`. */
  readonly property: string;
  readonly types: ReadonlySet<string>;
  readonly nullable: boolean;
  readonly textual: boolean;
}

export type DatasetType = 'INTERACTIONS' | 'ITEMS' | 'USERS';

const types = new Set(['float', 'double', 'int', 'long', 'string', 'boolean', 'null']);

/** https://docs.aws.amazon.com/personalize/latest/dg/custom-datasets-and-schemas.html, "required fields" */
const required: Readonly<Record<DatasetType, readonly (readonly [string, string])[]>> = {
  INTERACTIONS: [
    ['USER_ID', 'string'],
    ['ITEM_ID', 'string'],
    ['TIMESTAMP', 'long'],
  ],
  ITEMS: [['ITEM_ID', 'string']],
  USERS: [['USER_ID', 'string']],
};

const mostColumns: Readonly<Record<DatasetType, number>> = { INTERACTIONS: 13, ITEMS: 101, USERS: 26 };

/** The columns of a dataset, from its schema in Avro's JSON. */
export class DatasetSchema {
  readonly columns: readonly Column[];
  readonly #byProperty: ReadonlyMap<string, Column>;
  readonly #byName: ReadonlyMap<string, Column>;

  private constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.#byName = new Map(columns.map((column) => [column.name, column]));
    this.#byProperty = new Map(columns.map((column) => [column.property, column]));
  }

  /**
   * Reads what CreateSchema is given: an Avro record of the types float, double, int, long, string, boolean and null
   * (https://docs.aws.amazon.com/personalize/latest/dg/how-it-works-dataset-schema.html).
   *
   * @throws ModelledError `InvalidInputException`
   */
  static parse(text: string): DatasetSchema {
    let schema: { type?: unknown; name?: unknown; fields?: unknown };
    try {
      schema = JSON.parse(text) as typeof schema;
    } catch (error) {
      throw invalidInput(`The schema is not valid JSON: ${(error as Error).message}`);
    }
    if (schema?.type !== 'record' || typeof schema.name !== 'string' || !Array.isArray(schema.fields)) {
      throw invalidInput('The schema must be an Avro record with a name and fields');
    }
    const columns = (schema.fields as unknown[]).map(column);
    const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i);
    if (twice) throw invalidInput(`The schema has the field ${twice.name} twice`);
    return new DatasetSchema(columns);
  }

  column(name: string): Column | undefined {
    return this.#byName.get(name);
  }

  property(name: string): Column | undefined {
    return this.#byProperty.get(name);
  }

  /** @throws ModelledError `InvalidInputException` where a dataset of this type cannot have the schema */
  checkFor(type: DatasetType): void {
    for (const [name, wanted] of required[type]) {
      if (!this.#byName.get(name)?.types.has(wanted)) {
        throw invalidInput(`A schema for ${type} needs the field ${name} of type ${wanted}`);
      }
    }
    if (type !== 'INTERACTIONS' && this.columns.length < 2) {
      throw invalidInput(`A schema for ${type} needs at least one metadata field`);
    }
    if (this.columns.length > mostColumns[type]) {
      throw invalidInput(
        `A schema for ${type} has at most ${mostColumns[type]} fields, not ${this.columns.length}`,
      );
    }
  }

  /** The types of a dataset that has the required fields. */
  static typeOf(datasetType: string): DatasetType {
    const type = datasetType.toUpperCase();
    if (type in required) return type as DatasetType;
    throw invalidInput(
      `the local Personalize has datasets of Interactions, Items and Users, not of ${datasetType}`,
    );
  }
}

function column(field: unknown): Column {
  const { name, type, textual } = field as { name?: unknown; type?: unknown; textual?: unknown };
  if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw invalidInput(`The schema has a field without a valid name: ${JSON.stringify(field)}`);
  }
  const union = Array.isArray(type) ? (type as unknown[]) : [type];
  for (const one of union) {
    if (typeof one !== 'string' || !types.has(one)) {
      throw invalidInput(
        `The field ${name} has the type ${JSON.stringify(one)}; one of ${[...types].join(', ')} is needed`,
      );
    }
  }
  const nullable = union.includes('null');
  return {
    name,
    property: name.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    types: new Set((union as string[]).filter((one) => one !== 'null')),
    nullable,
    textual: textual === true,
  };
}
