import type { Journals } from '../journal/types.js';
import type { Violation } from './violations.js';

/** What a behaviour is told of the call it answers. */
export interface Call {
  /** botocore's folder name, as `firehose`. */
  readonly service: string;
  readonly operation: string;
  /** Also sent back to the caller as `x-amzn-RequestId`. */
  readonly requestId: string;
  /** The region of the caller's signature. */
  readonly region: string;
  /** Milliseconds since the epoch, by the clock of the doubles. Use it instead of `Date.now()`. */
  now(): number;
  /**
   * For operations that answer 200 with failures by index: which of the `entries` an injected fault wants failed.
   * Empty without such a fault. The code defaults to `ServiceUnavailableException`.
   */
  partialFaults(entries: number): ReadonlyMap<number, { readonly code: string; readonly message: string }>;
}

/**
 * The behaviour of one operation. The input was checked against the service's model: members are those of the model,
 * blobs are `Buffer`, timestamps `Date`, and an absent member is absent. The output is checked before it is sent: a
 * `Date` for a timestamp, a `Buffer` for a blob; members that are `undefined` are left out. A modelled failure is a
 * thrown {@link ModelledError}; anything else thrown is a defect of the double and answered with 500.
 *
 * What was journaled before the answer is durable before the answer leaves.
 */
// A method's parameters are bivariant: a behaviour may declare the input type its operation has.
export type Operation = { bivariant(input: object, call: Call): object | Promise<object> }['bivariant'];

/** An error of the service's model, answered with the code, the HTTP status and the members the model gives it. */
export class ModelledError extends Error {
  override readonly name = 'ModelledError';
  /** The shape's name in the model, as `ResourceNotFoundException`. */
  readonly code: string;
  /** Members of the error's shape besides the message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.members = members;
  }
}

/** One AWS service: the model says what it accepts and answers, this says what it does. */
export interface ServiceDouble {
  /** botocore's folder: `glue`, `firehose`, `personalize`, `personalize-events`, `personalize-runtime`. */
  readonly service: string;
  /** By the operation's name in the model. One that is missing is answered as not supported, by name. */
  readonly operations: Readonly<Record<string, Operation>>;
  /**
   * How this service words input that does not fit its model. Left out, or undefined answered: the sentences common
   * to AWS's services, under `InvalidInputException` where the operation has that error, else `ValidationException`.
   */
  readonly validation?: (violations: readonly Violation[]) => { code: string; message: string } | undefined;
  /**
   * Another server for operations of this service that the double leaves to it, as the Glue Data Catalog to moto: calls
   * of these are passed on as they came and answered as that server does, after the faults in force.
   */
  readonly elsewhere?: { readonly url: string; readonly operations: ReadonlySet<string> };
  /** For tests and the demo: `POST /_double/<service>/<name>` with a JSON body; the result is answered as JSON. */
  readonly admin?: Readonly<Record<string, (body: unknown) => unknown>>;
  /** Settles when nothing of the double runs any more (timers, deliveries). Its journals are closed after it. */
  close?(): Promise<void>;
}

/** What every double is made with. */
export interface DoubleOptions {
  /** Where state that survives a restart is kept. */
  readonly journals: Journals;
  /** The state directory itself, for a double whose state is no sequence of JSON values: it keeps to a folder of its name. */
  readonly stateDir: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The account in ARNs; twelve digits. */
  readonly accountId: string;
  /** The region in ARNs, where a call's own region is not at hand. */
  readonly region: string;
  /** moto's endpoint, for doubles that write to S3 or assume a role. */
  readonly motoUrl?: string;
  /** OpenSearch's endpoint, for Firehose's delivery. */
  readonly openSearchUrl?: string;
  /** One line on what went wrong outside of a call. */
  readonly log: (message: string) => void;
}
