/** The applications that own entities. */
export type EntityOwner = 'users' | 'songs' | 'podcasts';

/** One entity as its owner's API takes it. */
export interface Entity {
  readonly owner: EntityOwner;
  /** In the API's paths, as `artists`. */
  readonly plural: string;
  readonly id: string;
  /** All fields besides the id. */
  readonly body: Readonly<Record<string, unknown>>;
}
