import type { Header } from '@mesh/kafka';
import {
  sinkCalls,
  sinkWriteEnded,
  sinkWriteStarted,
  type SinkCall,
  type SinkWriteEnded,
  type SinkWriteStarted,
} from '@mesh/streams';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { linkTo } from './sampler.js';

/**
 * A span for each record that a stream application hands to a sink and that carries its place in a trace, from there
 * until its effect is durable; and one for each call of the sink, linked to those of the records it carries.
 *
 * @returns ends the listening
 */
export function traceSinks(
  tracer: Tracer,
  contextOf: (headers: readonly Header[]) => Context | undefined,
): () => void {
  /** By the record's `done`, which is what a sink knows it by. */
  const records = new WeakMap<object, Span>();
  const calls = new WeakMap<object, Span>();

  const started = (message: unknown): void => {
    const { sink, record, done } = message as SinkWriteStarted;
    const context = contextOf(record.headers);
    if (context === undefined) return;
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.destination.name': record.topic,
      'messaging.destination.partition.id': String(record.partition),
      'messaging.kafka.offset': record.offset,
    };
    records.set(
      done,
      tracer.startSpan(`${record.topic} to ${sink}`, { kind: SpanKind.CONSUMER, attributes }, context),
    );
  };
  const ended = (message: unknown): void => {
    const { done, error } = message as SinkWriteEnded;
    const span = records.get(done);
    if (span !== undefined) endSpan(span, error);
  };
  const ignore = (): void => {};
  const called = {
    end: ignore,
    asyncStart: ignore,
    start: (call: SinkCall): void => {
      const links = call.writes.flatMap((done) => linkTo(records.get(done)?.spanContext()));
      if (links.length === 0) return;
      const attributes = { 'messaging.batch.message_count': call.writes.length };
      calls.set(
        call,
        tracer.startSpan(call.sink, { kind: SpanKind.CLIENT, attributes, links, root: true }, ROOT_CONTEXT),
      );
    },
    error: (call: SinkCall & { error: unknown }): void => {
      calls.get(call)?.setStatus({ code: SpanStatusCode.ERROR, message: String(call.error) });
    },
    asyncEnd: (call: SinkCall): void => calls.get(call)?.end(),
  };
  sinkWriteStarted.subscribe(started);
  sinkWriteEnded.subscribe(ended);
  sinkCalls.subscribe(called);
  return () => {
    sinkWriteStarted.unsubscribe(started);
    sinkWriteEnded.unsubscribe(ended);
    sinkCalls.unsubscribe(called);
  };
}

/** Ends a span, with what went wrong. */
export function endSpan(span: Span, error: Error | undefined): void {
  if (error !== undefined) {
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span.end();
}
