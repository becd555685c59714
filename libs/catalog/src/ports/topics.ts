/** What the catalogue says of a topic besides its schema. */
export interface Topic {
  readonly name: string;
  /** The domain of the mesh that owns it. */
  readonly domain: string;
  readonly doc: string;
  readonly partitions: number;
  readonly key: { readonly field: string; readonly why: string };
}

/** Which topic carries events of a schema; undefined where no contract says so. */
export type TopicOfSchema = (schema: string) => Topic | undefined;
