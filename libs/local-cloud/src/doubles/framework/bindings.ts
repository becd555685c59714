import { lengthCheck } from './constraints.js';
import { DoublesError } from './errors.js';
import { shapeOf, type ServiceModel, type Shape, type ShapeRef } from './model.js';
import { missing, type Reader, type ReaderCompiler } from './readers.js';
import type { WriterCompiler } from './writers.js';
import { memberStep, prefixPaths, type Violation } from './violations.js';

/** A request as far as members can be bound to it. */
export interface WireRequest {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The body was no JSON, or a value in it had the wrong type. */
export class SerializationError extends Error {}

/** Takes the input off a request. Nothing is undefined but what the caller left out. */
export type InputReader = (request: WireRequest, violations: Violation[]) => object;

/** Compiles how an operation's input is spread over URI, query, headers and body. */
export function compileInput(
  model: ServiceModel,
  readers: ReaderCompiler,
  input: ShapeRef | undefined,
): InputReader {
  if (input === undefined) return () => ({});
  const shape = shapeOf(model, input.shape);
  const required = new Set(shape.required ?? []);
  const located = Object.entries(shape.members ?? {})
    .filter(([, ref]) => ref.location !== undefined)
    .map(([name, ref]) => ({
      name,
      step: memberStep(name),
      required: required.has(name),
      read: compileLocated(model, readers, name, ref),
    }));
  const readBody = compileBody(model, readers, input, shape);
  return (request, violations) => {
    const result = readBody(request, violations);
    for (const member of located) {
      const before = violations.length;
      const value = member.read(request, violations);
      if (violations.length > before) prefixPaths(violations, before, member.step);
      if (value !== undefined) result[member.name] = value;
      else if (member.required && violations.length === before) violations.push(missing(member.step));
    }
    return result;
  };
}

type BodyReader = (request: WireRequest, violations: Violation[]) => Record<string, unknown>;

function compileBody(
  model: ServiceModel,
  readers: ReaderCompiler,
  input: ShapeRef,
  shape: Shape,
): BodyReader {
  const payload = shape.payload === undefined ? undefined : shape.members?.[shape.payload];
  if (shape.payload !== undefined && payload !== undefined) {
    const name = shape.payload;
    const step = memberStep(name);
    const isRequired = (shape.required ?? []).includes(name);
    const payloadShape = shapeOf(model, payload.shape);
    const checkLength = payloadShape.type === 'blob' ? lengthCheck(payloadShape) : undefined;
    const raw = payloadShape.type === 'blob';
    const read = readers.compile(payload);
    return ({ body }, violations) => {
      if (body.length === 0) {
        if (isRequired) violations.push(missing(step));
        return {};
      }
      const before = violations.length;
      if (raw) {
        checkLength?.(body.length, body, violations);
        if (violations.length > before) prefixPaths(violations, before, step);
        return { [name]: body };
      }
      const value = read(parseJson(body), violations);
      if (violations.length > before) prefixPaths(violations, before, step);
      return { [name]: value };
    };
  }
  const read = readers.compile(input);
  return ({ body }, violations) => {
    const value = read(body.length === 0 ? {} : parseJson(body), violations);
    return (value as Record<string, unknown> | undefined) ?? {};
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new SerializationError('the body is not JSON', { cause });
  }
}

type LocatedReader = (request: WireRequest, violations: Violation[]) => unknown;

function compileLocated(
  model: ServiceModel,
  readers: ReaderCompiler,
  name: string,
  ref: ShapeRef,
): LocatedReader {
  const wireName = ref.locationName ?? name;
  const headerName = wireName.toLowerCase();
  const shape = shapeOf(model, ref.shape);
  const item =
    shape.type === 'list' && shape.member !== undefined ? shapeOf(model, shape.member.shape) : shape;
  const parse = scalarParser(item, wireName);
  const read = readers.compile(ref, ref.location === 'header' ? 'rfc822' : 'iso8601');
  if (shape.type === 'list') {
    return listReader(read, parse, (request) => {
      if (ref.location === 'querystring') return request.query.getAll(wireName);
      return (
        headerText(request, headerName)
          ?.split(',')
          .map((part) => part.trim()) ?? []
      );
    });
  }
  return (request, violations) => {
    const text =
      ref.location === 'uri'
        ? request.labels[wireName]
        : ref.location === 'querystring'
          ? (request.query.get(wireName) ?? undefined)
          : headerText(request, headerName);
    return text === undefined ? undefined : read(parse(text), violations);
  };
}

function listReader(
  read: Reader,
  parse: (text: string) => unknown,
  texts: (request: WireRequest) => readonly string[],
): LocatedReader {
  return (request, violations) => {
    const found = texts(request);
    return found.length === 0 ? undefined : read(found.map(parse), violations);
  };
}

function headerText(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** From text to what a reader expects of JSON; what does not parse is left for the reader to refuse. */
function scalarParser(shape: Shape, name: string): (text: string) => unknown {
  switch (shape.type) {
    case 'string':
    case 'character':
    case 'blob':
    case 'timestamp':
      return (text) => text;
    case 'boolean':
      return (text) => (text === 'true' ? true : text === 'false' ? false : text);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return (text) => (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text);
    case 'structure':
    case 'list':
    case 'map':
      throw new DoublesError(
        'MESH_DOUBLES_MODEL_INVALID',
        `the member ${name} is a ${shape.type} outside of the body, which the doubles do not bind`,
      );
  }
}

/** An answer before it is sent. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

/** Puts an output on the wire, or adds what does not fit the model. */
export type OutputWriter = (output: object, violations: Violation[]) => WireAnswer;

/** Compiles how an operation's output is spread over status, headers and body. */
export function compileOutput(
  model: ServiceModel,
  writers: WriterCompiler,
  output: ShapeRef | undefined,
  status: number,
): OutputWriter {
  // json 1.1 always answers a document, rest-json nothing where the operation has no output.
  if (output === undefined) {
    const body = model.metadata.protocol === 'json' ? '{}' : '';
    return (value, violations) => {
      for (const name of Object.keys(value)) {
        violations.push({ path: name, kind: 'unknown', constraint: 'The operation has no output', value });
      }
      return { status, headers: {}, body };
    };
  }
  const shape = shapeOf(model, output.shape);
  const write = writers.compile(output);
  const located = Object.entries(shape.members ?? {}).filter(([, ref]) => ref.location !== undefined);
  const payload = shape.payload;
  return (value, violations) => {
    const document = write(value, violations) as Record<string, unknown> | undefined;
    const source = value as Record<string, unknown>;
    const headers: Record<string, string> = {};
    let answered = status;
    for (const [name, ref] of located) {
      const found = source[name];
      if (found === undefined) continue;
      if (ref.location === 'statusCode') answered = Number(found);
      else if (found instanceof Date) headers[ref.locationName ?? name] = found.toUTCString();
      else if (typeof found === 'string') headers[ref.locationName ?? name] = found;
    }
    if (payload !== undefined) {
      const found = source[payload];
      if (Buffer.isBuffer(found)) return { status: answered, headers, body: found };
      return { status: answered, headers, body: JSON.stringify(document?.[payload] ?? {}) };
    }
    return { status: answered, headers, body: JSON.stringify(document ?? {}) };
  };
}
