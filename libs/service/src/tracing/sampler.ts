import { TraceFlags, type Link, type SpanContext } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';
import type { BaseConfig } from '../config/base.js';

type SamplerName = BaseConfig['OTEL_TRACES_SAMPLER'];

/**
 * Which traces are recorded, by the names of OpenTelemetry's environment variable specification; the SDK does not read
 * them.
 *
 * @param ratio of traces, for the samplers that take one
 */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  return new LinkedSampler(byName(name, ratio));
}

/** A link to a span that is recorded; one that is not would be of no use to whoever follows it. */
export function linkTo(context: SpanContext | undefined): readonly Link[] {
  return context !== undefined && isSampled(context) ? [{ context }] : [];
}

/**
 * A span that begins a trace of its own and is linked is recorded where one it is linked to is: a traced record is
 * followed into the call that carries it, whatever the ratio.
 */
class LinkedSampler implements Sampler {
  readonly #others: Sampler;

  constructor(others: Sampler) {
    this.#others = others;
  }

  shouldSample(...given: Parameters<Sampler['shouldSample']>): SamplingResult {
    const links = given[5];
    if (links.length === 0) return this.#others.shouldSample(...given);
    const sampled = links.some(({ context }) => isSampled(context));
    return { decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return `Linked{${this.#others.toString()}}`;
  }
}

function byName(name: SamplerName, ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0;
}
