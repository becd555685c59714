import type { Call, Operation } from '../framework/types.js';
import type { LineageEvent } from './entities.js';
import { invalid } from './errors.js';
import { caller, page, type Identified, type InDomain, type Paging, type Plane } from './plane.js';
import { newId } from './state.js';

interface PostInput extends InDomain {
  /** At most 300,000 bytes, by the model. */
  readonly event: Buffer;
  readonly clientToken?: string;
}

interface ListInput extends InDomain, Paging {
  readonly timestampAfter?: Date;
  readonly timestampBefore?: Date;
  readonly processingStatus?: string;
  readonly sortOrder?: 'ASCENDING' | 'DESCENDING';
}

/**
 * OpenLineage run events, kept as they came; no graph is made of them.
 *
 * ```
 * PostLineageEvent ──► REQUESTED ──► SUCCESS
 * ```
 */
export function lineageOperations(plane: Plane): Record<string, Operation> {
  const { state } = plane;
  const statusOf = (event: LineageEvent, now: number) =>
    now < event.createdMs + plane.transitionMs ? 'REQUESTED' : 'SUCCESS';
  return {
    PostLineageEvent: (input: PostInput, call: Call) => {
      const { domainIdentifier: domainId, event } = input;
      // The digest of a token is made of text.
      const asked = { ...input, event: event.toString('base64') };
      const id = state.once('PostLineageEvent', asked, () => {
        state.get('domain', domainId, domainId);
        const { eventMs, summary } = readOpenLineage(event);
        const now = call.now();
        const posted: LineageEvent = {
          ...{ id: newId(), domainId, eventMs, summary, createdMs: now, updatedMs: now },
          event: asked.event,
        };
        return { id: posted.id, saved: [['lineage event', posted]] };
      });
      return { id, domainId };
    },
    GetLineageEvent: ({ domainIdentifier, identifier }: Identified, call: Call) => {
      const event = state.get('lineage event', domainIdentifier, identifier);
      return {
        domainId: event.domainId,
        id: event.id,
        event: Buffer.from(event.event, 'base64'),
        createdBy: caller,
        processingStatus: statusOf(event, call.now()),
        eventTime: new Date(event.eventMs),
        createdAt: new Date(event.createdMs),
      };
    },
    ListLineageEvents: (input: ListInput, call: Call) => {
      const all = state
        .list('lineage event', input.domainIdentifier)
        .filter(
          (event) =>
            event.eventMs >= (input.timestampAfter?.getTime() ?? Number.NEGATIVE_INFINITY) &&
            event.eventMs <= (input.timestampBefore?.getTime() ?? Number.POSITIVE_INFINITY) &&
            [undefined, statusOf(event, call.now())].includes(input.processingStatus as 'SUCCESS'),
        )
        .map((event) => ({
          id: event.id,
          domainId: event.domainId,
          processingStatus: statusOf(event, call.now()),
          eventTime: new Date(event.eventMs),
          eventSummary: { openLineageRunEventSummary: event.summary },
          createdBy: caller,
          createdAt: new Date(event.createdMs),
        }));
      return page(input.sortOrder === 'DESCENDING' ? all.reverse() : all, input);
    },
  };
}

interface OpenLineageEvent {
  readonly eventType?: string;
  readonly eventTime?: string;
  readonly run?: { readonly runId?: string };
  readonly job?: { readonly namespace?: string; readonly name?: string };
  readonly inputs?: readonly { readonly namespace: string; readonly name: string }[];
  readonly outputs?: readonly { readonly namespace: string; readonly name: string }[];
}

/** What must be in a run event (https://openlineage.io/apidocs/openapi/). */
function readOpenLineage(bytes: Buffer): { eventMs: number; summary: Record<string, unknown> } {
  let event: OpenLineageEvent;
  try {
    event = JSON.parse(bytes.toString('utf8')) as OpenLineageEvent;
  } catch {
    throw invalid('The lineage event is not JSON');
  }
  const eventMs = Date.parse(event.eventTime ?? '');
  const { run, job, inputs = [], outputs = [] } = event;
  if (Number.isNaN(eventMs)) throw invalid('The lineage event has no valid eventTime');
  if (run?.runId === undefined) throw invalid('The lineage event has no run.runId');
  if (job?.name === undefined || job.namespace === undefined)
    throw invalid('The lineage event has no job with a namespace and a name');
  const named = (sets: NonNullable<OpenLineageEvent['inputs']>) =>
    sets.map(({ namespace, name }) => ({ namespace, name }));
  return {
    eventMs,
    summary: {
      ...(event.eventType !== undefined && { eventType: event.eventType }),
      runId: run.runId,
      job: { namespace: job.namespace, name: job.name },
      inputs: named(inputs),
      outputs: named(outputs),
    },
  };
}
