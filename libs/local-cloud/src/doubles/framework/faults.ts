import { commonErrors, mayAnswer } from './answers.js';
import { DoublesError } from './errors.js';
import type { ServiceModel } from './model.js';

/** A fault to inject, as `POST /_double/faults` takes it. */
export interface FaultSpec {
  /** botocore's folder of the service. */
  readonly service: string;
  /** One operation; all of the service's where it is left out or `*`. */
  readonly operation?: string;
  /**
   * - `throttle`: answered as the service throttles, without the operation having run;
   * - `error`: answered with `code`, by default a failure of the server;
   * - `latency`: answered `latencyMs` later;
   * - `partial`: entries of a batch fail, in operations that answer so (Firehose's PutRecordBatch);
   * - `disconnect`: the connection is closed without an answer.
   */
  readonly kind: 'throttle' | 'error' | 'latency' | 'partial' | 'disconnect';
  /** The share of calls hit, 0 to 1; of entries for `partial`. Default 1. */
  readonly rate?: number;
  /** How many calls (entries for `partial`) are hit before the fault is used up. Default: without end. */
  readonly count?: number;
  /** The error's code, common to all services or of the model; operations that do not have it are not hit. */
  readonly code?: string;
  readonly message?: string;
  readonly latencyMs?: number;
  /** `after`: the operation has its effect, then the caller is told it failed. For `error` and `disconnect`. */
  readonly when?: 'before' | 'after';
}

/** What a call is to suffer. */
export interface Suffering {
  readonly kind: 'throttle' | 'error' | 'disconnect';
  readonly when: 'before' | 'after';
  readonly code: string;
  readonly message: string;
}

interface ActiveFault {
  readonly id: number;
  readonly spec: FaultSpec;
  left: number;
  hits: number;
}

const kinds: ReadonlySet<string> = new Set(['throttle', 'error', 'latency', 'partial', 'disconnect']);

/** The faults in force. Chance comes from a seeded generator, so that a run can be had again. */
export class Faults {
  readonly #models: ReadonlyMap<string, ServiceModel>;
  #active: ActiveFault[] = [];
  #nextId = 1;
  #seed = 1;

  constructor(models: ReadonlyMap<string, ServiceModel>) {
    this.#models = models;
  }

  /**
   * Puts a fault in force and answers its id.
   *
   * @throws DoublesError `MESH_DOUBLES_FAULT_INVALID`, saying which field is wrong.
   */
  add(body: unknown): { id: number } {
    const spec = this.#checked(body);
    const fault = { id: this.#nextId++, spec, left: spec.count ?? Number.POSITIVE_INFINITY, hits: 0 };
    this.#active.push(fault);
    return { id: fault.id };
  }

  /** Ends one fault, or all. */
  remove(id?: number): void {
    this.#active = id === undefined ? [] : this.#active.filter((fault) => fault.id !== id);
  }

  list(): { id: number; spec: FaultSpec; hits: number; left: number | null }[] {
    return this.#active.map(({ id, spec, hits, left }) => ({
      id,
      spec,
      hits,
      left: Number.isFinite(left) ? left : null,
    }));
  }

  /** Milliseconds the answer to this call is to be late. */
  latency(service: string, operation: string): number {
    let total = 0;
    for (const fault of this.#active) {
      if (fault.spec.kind === 'latency' && this.#hits(fault, service, operation))
        total += fault.spec.latencyMs ?? 0;
    }
    return total;
  }

  /** The first fault that keeps the call from being answered as it should; undefined mostly. */
  suffering(service: string, operation: string): Suffering | undefined {
    for (const fault of this.#active) {
      const { kind, when = 'before', code, message } = fault.spec;
      if (kind === 'latency' || kind === 'partial' || !this.#hits(fault, service, operation)) continue;
      if (kind === 'throttle') {
        const throttled = throttling(service);
        return { kind, when: 'before', code: code ?? throttled.code, message: message ?? throttled.message };
      }
      const text = message ?? 'An injected failure.';
      return { kind, when, code: code ?? 'InternalFailure', message: text };
    }
    return undefined;
  }

  /** Which entries of a batch are to fail. */
  partial(
    service: string,
    operation: string,
    entries: number,
  ): Map<number, { code: string; message: string }> {
    const failed = new Map<number, { code: string; message: string }>();
    for (const fault of this.#active) {
      if (fault.spec.kind !== 'partial' || !applies(fault.spec, service, operation)) continue;
      for (let i = 0; i < entries && fault.left > 0; i++) {
        if (failed.has(i) || !this.#chance(fault.spec.rate)) continue;
        fault.left--;
        fault.hits++;
        failed.set(i, {
          code: fault.spec.code ?? 'ServiceUnavailableException',
          message: fault.spec.message ?? 'Slow down.',
        });
      }
    }
    return failed;
  }

  get none(): boolean {
    return this.#active.length === 0;
  }

  #hits(fault: ActiveFault, service: string, operation: string): boolean {
    const { code, rate } = fault.spec;
    if (fault.left <= 0 || !applies(fault.spec, service, operation)) return false;
    const model = this.#models.get(service);
    if (code !== undefined && model !== undefined && !mayAnswer(model, operation, code)) return false;
    if (!this.#chance(rate)) return false;
    fault.left--;
    fault.hits++;
    return true;
  }

  /** mulberry32. */
  #chance(rate = 1): boolean {
    if (rate >= 1) return true;
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 < rate;
  }

  #checked(body: unknown): FaultSpec {
    if (typeof body !== 'object' || body === null) throw invalid('the body must be a JSON object');
    const spec = body as FaultSpec;
    const model = this.#models.get(spec.service);
    if (model === undefined) {
      throw invalid(
        `service must be one of ${[...this.#models.keys()].join(', ')}, not ${JSON.stringify(spec.service)}`,
      );
    }
    const { operation, kind, rate, count, code, latencyMs, when } = spec;
    if (operation !== undefined && operation !== '*' && !(operation in model.operations)) {
      throw invalid(`operation: ${spec.service} has no operation ${JSON.stringify(operation)}`);
    }
    if (!kinds.has(kind))
      throw invalid(`kind must be one of ${[...kinds].join(', ')}, not ${JSON.stringify(kind)}`);
    if (rate !== undefined && !(typeof rate === 'number' && rate >= 0 && rate <= 1)) {
      throw invalid('rate must be a number from 0 to 1');
    }
    if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
      throw invalid('count must be a whole number above 0');
    }
    if (kind === 'latency' && !(typeof latencyMs === 'number' && latencyMs >= 0)) {
      throw invalid('latencyMs must be a number of milliseconds');
    }
    if (when !== undefined && when !== 'before' && when !== 'after')
      throw invalid('when must be before or after');
    // The codes of a batch's entries are not errors of the model: any goes there.
    if (code !== undefined && kind !== 'partial') checkCode(model, spec.service, operation, code);
    return spec;
  }
}

function checkCode(model: ServiceModel, service: string, operation: string | undefined, code: string): void {
  const everywhere = operation === undefined || operation === '*';
  const possible = everywhere
    ? code in commonErrors || Object.keys(model.operations).some((name) => mayAnswer(model, name, code))
    : mayAnswer(model, operation, code);
  if (!possible) {
    throw invalid(
      `code: ${service}${everywhere ? '' : `'s ${operation}`} does not answer with ${JSON.stringify(code)}`,
    );
  }
}

const applies = (spec: FaultSpec, service: string, operation: string): boolean =>
  spec.service === service &&
  (spec.operation === undefined || spec.operation === '*' || spec.operation === operation);

const invalid = (message: string): DoublesError =>
  new DoublesError('MESH_DOUBLES_FAULT_INVALID', `the fault cannot be injected: ${message}`);

/**
 * How a service says «slow down». Firehose: `ServiceUnavailableException`
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html); the others `ThrottlingException`.
 */
function throttling(service: string): { code: string; message: string } {
  return service === 'firehose'
    ? { code: 'ServiceUnavailableException', message: 'Slow down.' }
    : { code: 'ThrottlingException', message: 'Rate exceeded' };
}
