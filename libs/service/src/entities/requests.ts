import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler';
import { ProblemError, type FieldProblem } from '../http/problem.js';
import type { EntityDefinition } from './definition.js';

/** Faulty fields that one answer names; a body may have many. */
const MAX_PROBLEMS = 20;
/** A client may send a name of any length, and the answer repeats it. */
const MAX_NAME_LENGTH = 64;

/** Turns the bodies of requests into entities. Throws a {@link ProblemError} 400 that names fields and reasons. */
export class EntityRequests<T extends object> {
  /** As described, for creating and for replacing. */
  readonly creating: TObject;
  readonly replacing: TObject;
  readonly #definition: EntityDefinition<T>;
  readonly #creating: TypeCheck<TObject>;
  readonly #replacing: TypeCheck<TObject>;
  readonly #id: TypeCheck<TSchema>;

  constructor(definition: EntityDefinition<T>) {
    const { schema, idField, filled } = definition;
    this.#definition = definition;
    const defaulted = Object.entries(schema.properties)
      .filter(([, field]) => 'default' in field)
      .map(([name]) => name);
    const made = Object.keys(filled?.(0) ?? {});
    this.creating = withOptional(schema, [idField, ...defaulted, ...made]);
    this.replacing = withOptional(schema, [idField, ...defaulted]);
    this.#creating = TypeCompiler.Compile(this.creating);
    this.#replacing = TypeCompiler.Compile(this.replacing);
    this.#id = TypeCompiler.Compile<TSchema>(schema.properties[idField] ?? Type.String());
  }

  /** `id` where the path has it. */
  created(body: unknown, now: number, id?: string): T {
    const given = this.#checked(this.#creating, body, id);
    const { idField, filled, newId } = this.#definition;
    return this.#complete({ [idField]: newId(), ...filled?.(now), ...given }, now);
  }

  replaced(body: unknown, now: number, id: string): T {
    return this.#complete(this.#checked(this.#replacing, body, id), now);
  }

  /** An id as it stands in a path. */
  id(given: string): string {
    if (!this.#id.Check(given)) throw refused([this.#problem(this.#definition.idField)]);
    return given;
  }

  #checked(check: TypeCheck<TObject>, body: unknown, id: string | undefined): Partial<T> {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw refused([{ field: '', reason: 'must be an object' }]);
    }
    const { idField } = this.#definition;
    const problems = new Map<string, FieldProblem>();
    for (const { path } of check.Errors(body)) {
      const name = topLevel(path);
      if (!problems.has(name)) problems.set(name, this.#problem(name, path, body));
      if (problems.size === MAX_PROBLEMS) break;
    }
    if (problems.size > 0) throw refused([...problems.values()]);
    const given = body as Readonly<Record<string, unknown>>;
    if (id === undefined) return given as Partial<T>;
    if ((given[idField] ?? id) !== id) {
      throw refused([{ field: idField, reason: `must be "${id}", as in the path, or be left out` }]);
    }
    return { ...given, [idField]: id } as Partial<T>;
  }

  /** In the schema's order, so that equal entities have equal JSON. */
  #complete(given: object, now: number): T {
    const values = given as Readonly<Record<string, unknown>>;
    const entity: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(this.#definition.schema.properties)) {
      entity[name] = values[name] ?? structuredClone(field.default as unknown);
    }
    // Every field was checked or comes from the definition, whose fields are those of T.
    const complete = entity as T;
    const problem = this.#definition.check?.(complete, now);
    if (problem !== undefined) throw refused([problem]);
    return complete;
  }

  #problem(name: string, path?: string, body?: object): FieldProblem {
    const { rules } = this.#definition;
    if (!Object.hasOwn(rules, name)) return { field: shortened(name), reason: 'is not a known field' };
    if (body !== undefined && !Object.hasOwn(body, name)) return { field: name, reason: 'is required' };
    const field = path === undefined ? name : fieldPath(path);
    return { field, reason: `must be ${rules[name as keyof typeof rules]}` };
  }
}

function withOptional(schema: TObject, names: readonly string[]): TObject {
  const properties: TProperties = {};
  for (const [name, field] of Object.entries<TSchema>(schema.properties)) {
    properties[name] = names.includes(name) ? Type.Optional(field) : field;
  }
  return Type.Object(properties, {
    additionalProperties: false,
    ...(schema.title === undefined ? {} : { title: schema.title }),
  });
}

export function refused(errors: readonly FieldProblem[]): ProblemError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new ProblemError(400, `${first?.field || 'the body'} ${first?.reason ?? 'is not valid'}${more}`, {
    errors,
  });
}

function topLevel(path: string): string {
  return unescaped(path.split('/')[1] ?? '');
}

/** `/favouriteGenres/2` (a JSON pointer) → `favouriteGenres[2]`. */
function fieldPath(path: string): string {
  return path
    .split('/')
    .slice(1)
    .map(unescaped)
    .reduce((whole, part) => (/^\d+$/.test(part) ? `${whole}[${part}]` : `${whole}.${part}`));
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function shortened(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name;
}
