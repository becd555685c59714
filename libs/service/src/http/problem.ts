import { STATUS_CODES } from 'node:http';

/** What is wrong with one field of a request. */
export interface FieldProblem {
  /** The path as a caller would write it: `userId`, `events[3].itemId`. Empty for the whole body. */
  readonly field: string;
  /** What is wrong, and what is allowed. */
  readonly reason: string;
}

/** The body of an error answer: RFC 9457, with the faulty fields and the correlation id as extensions. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly correlationId?: string;
  readonly errors?: readonly FieldProblem[];
}

export interface ProblemOptions {
  /** A URI that names the kind of problem; `about:blank` where the status says all. */
  readonly type?: string;
  readonly title?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown by a handler, becomes the answer. `detail` is shown to the caller. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.type = options.type ?? 'about:blank';
    this.title = options.title ?? STATUS_CODES[status] ?? 'Error';
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  /** The body to answer with. */
  details(correlationId?: string): ProblemDetails {
    return {
      type: this.type,
      title: this.title,
      status: this.status,
      detail: this.message,
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}

interface Thrown {
  readonly message?: unknown;
  readonly statusCode?: unknown;
  readonly retriable?: unknown;
  readonly validation?: readonly SchemaViolation[];
  readonly validationContext?: string;
}

/** An error as Ajv reports it. */
export interface SchemaViolation {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params?: Record<string, unknown>;
}

/**
 * The problem that an error of any kind becomes. A fault that a retry may cure (`retriable: true`, as Kafka's errors
 * have it) is 503; what is not known to be the caller's fault is 500 and tells nothing of the inside.
 */
export function problemFrom(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const thrown: Thrown = typeof error === 'object' && error !== null ? error : {};
  if (thrown.validation !== undefined) {
    const errors = fieldProblems(thrown.validation);
    const where = thrown.validationContext ?? 'body';
    const first = errors[0];
    const detail = `${where}${first?.field ? `: ${first.field}` : ''} ${first?.reason ?? 'is not valid'}`;
    return new ProblemError(400, detail, { errors, cause: error });
  }
  if (typeof thrown.statusCode === 'number' && thrown.statusCode >= 400 && thrown.statusCode < 500) {
    return new ProblemError(thrown.statusCode, String(thrown.message), { cause: error });
  }
  if (thrown.retriable === true || thrown.statusCode === 503) {
    return new ProblemError(503, 'A system this service depends on does not answer; try again.', {
      cause: error,
      headers: { 'retry-after': '1' },
    });
  }
  return new ProblemError(500, 'The service failed; the correlation id leads to its log.', { cause: error });
}

/** A value that fits none of several constants is one problem, though Ajv reports one for each of them. */
export function fieldProblems(violations: readonly SchemaViolation[]): readonly FieldProblem[] {
  const unions = violations.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  return violations.flatMap((violation) => {
    const { instancePath, keyword } = violation;
    const union = unions.find((candidate) => candidate.instancePath === instancePath);
    if (union === undefined) return [fieldProblem(violation)];
    if (union !== violation) return keyword === 'const' ? [] : [fieldProblem(violation)];
    const options = violations.filter((other) => other.instancePath === instancePath && other !== union);
    if (!options.every((option) => option.keyword === 'const')) return [];
    const allowed = options.map((option) => String(option.params?.['allowedValue']));
    return [{ field: fieldPath(instancePath), reason: `must be one of ${allowed.join(', ')}` }];
  });
}

/** Names the field that an Ajv error is about, also where Ajv names only its parent. */
function fieldProblem(violation: SchemaViolation): FieldProblem {
  const parent = fieldPath(violation.instancePath);
  const params = violation.params ?? {};
  const child = params['missingProperty'] ?? params['additionalProperty'];
  const field = typeof child === 'string' ? (parent === '' ? child : `${parent}.${child}`) : parent;
  switch (violation.keyword) {
    case 'required':
      return { field, reason: 'is required' };
    case 'additionalProperties':
      return { field, reason: 'is not a known field' };
    case 'enum':
      return {
        field,
        reason: `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`,
      };
    case 'const':
      return { field, reason: `must be ${JSON.stringify(params['allowedValue'])}` };
    default:
      return { field, reason: violation.message ?? 'is not valid' };
  }
}

/** `/events/3/itemId` (a JSON pointer) → `events[3].itemId`. */
function fieldPath(pointer: string): string {
  let path = '';
  for (const raw of pointer.split('/').slice(1)) {
    const part = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    if (/^\d+$/.test(part)) path += `[${part}]`;
    else path += path === '' ? part : `.${part}`;
  }
  return path;
}
