import { compileInput, compileOutput, type InputReader, type OutputWriter } from './bindings.js';
import { DoublesError } from './errors.js';
import type { OperationModel, ServiceModel } from './model.js';
import { ReaderCompiler } from './readers.js';
import type { Operation, ServiceDouble } from './types.js';
import { compileUriTemplate, type UriTemplate } from './uri-template.js';
import { violationsMessage, type Violation } from './violations.js';
import { WriterCompiler } from './writers.js';

/** An operation ready to be called. */
export interface CompiledOperation {
  readonly service: CompiledService;
  readonly name: string;
  /** Undefined where the double does not have the behaviour. */
  readonly run: Operation | undefined;
  readonly method: string;
  readonly uri: UriTemplate;
  readonly read: InputReader;
  readonly write: OutputWriter;
}

/** A double together with its compiled model. */
export class CompiledService {
  readonly name: string;
  readonly double: ServiceDouble;
  readonly model: ServiceModel;
  /** The name in the credential scope of a signature. */
  readonly signingName: string;
  readonly writers: WriterCompiler;
  readonly #readers: ReaderCompiler;
  readonly #operations = new Map<string, CompiledOperation>();

  constructor(double: ServiceDouble, model: ServiceModel) {
    this.name = double.service;
    this.double = double;
    this.model = model;
    this.signingName = model.metadata.signingName ?? model.metadata.endpointPrefix;
    this.#readers = new ReaderCompiler(model);
    this.writers = new WriterCompiler(model);
    for (const name of Object.keys(double.operations)) {
      if (!(name in model.operations)) {
        throw new DoublesError(
          'MESH_DOUBLES_MODEL_INVALID',
          `the double of ${this.name} has an operation "${name}" that the service's model does not hold`,
        );
      }
    }
  }

  /** The operation of that name, compiled when it is first asked for; undefined where the model has none. */
  operation(name: string): CompiledOperation | undefined {
    const known = this.#operations.get(name);
    if (known !== undefined) return known;
    const model = Object.hasOwn(this.model.operations, name) ? this.model.operations[name] : undefined;
    if (model === undefined) return undefined;
    const compiled = this.#compile(name, model);
    this.#operations.set(name, compiled);
    return compiled;
  }

  #compile(name: string, operation: OperationModel): CompiledOperation {
    const run = Object.hasOwn(this.double.operations, name) ? this.double.operations[name] : undefined;
    const supported = run !== undefined;
    return {
      service: this,
      name,
      run,
      method: operation.http.method,
      uri: compileUriTemplate(operation.http.requestUri),
      // What is not answered anyway need not be compiled, nor its patterns.
      read: compileInput(this.model, this.#readers, supported ? operation.input : undefined),
      write: compileOutput(
        this.model,
        this.writers,
        supported ? operation.output : undefined,
        operation.http.responseCode ?? 200,
      ),
    };
  }

  /**
   * What an operation answers input with that does not fit the model: `InvalidInputException` where it has that error
   * (Glue, Personalize), else the common `ValidationException`. Firehose is of the latter: its
   * `InvalidArgumentException` comes from behind the check against the model.
   */
  validationError(operation: string, violations: readonly Violation[]): { code: string; message: string } {
    const own = this.double.validation?.(violations);
    if (own !== undefined) return own;
    const listed = this.model.operations[operation]?.errors ?? [];
    const invalidInput = listed.some(({ shape }) => shape === 'InvalidInputException');
    const code = invalidInput ? 'InvalidInputException' : 'ValidationException';
    return { code, message: violationsMessage(violations) };
  }
}
