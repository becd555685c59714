import type { TObject } from '@sinclair/typebox';
import type { FieldProblem } from '../http/problem.js';

/** What the routes of one kind of entity have to know of it. */
export interface EntityDefinition<T extends object> {
  /** In texts, as `user`. */
  readonly name: string;
  /** In paths, as `users`. */
  readonly plural: string;
  readonly idField: keyof T & string;
  /**
   * All fields as they are answered. In requests a field with a `default` may be left out; so may the id where the
   * path has it or one is made, and {@link filled} fields when creating.
   */
  readonly schema: TObject;
  /** What each field must be, as the end of "must be …": the reason given where it is not. */
  readonly rules: Readonly<Record<keyof T & string, string>>;
  /** Fields that the service fills in where a creating request leaves them out. */
  readonly filled?: (now: number) => Partial<T>;
  /** What the schema cannot say. */
  readonly check?: (entity: T, now: number) => FieldProblem | undefined;
  /** Makes an id where a creating request has none. */
  readonly newId: () => string;
}
