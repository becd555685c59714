import type { Interaction } from '@mesh/contracts';
import { checkInteraction, type Fault } from './check.js';
import type { InteractionPublisher } from './publisher.js';
import { toInteraction } from './to-interaction.js';

/** What became of one event, under the statuses of HTTP. */
export type Outcome =
  | { readonly status: 202; readonly eventId: string }
  | { readonly status: 400 | 413; readonly error: Fault }
  | { readonly status: 503; readonly eventId: string; readonly error: Fault };

/** Takes events as they came from a client. One outcome an event, in order. */
export type TakeInteractions = (
  events: readonly unknown[],
  correlationId: string,
) => Promise<readonly Outcome[]>;

export interface TakeDependencies {
  readonly publisher: InteractionPublisher;
  /** The name this service publishes under. */
  readonly producer: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newEventId: () => string;
}

const UNAVAILABLE: Fault = {
  field: '',
  reason: 'was not acknowledged by Kafka; send it again under the same eventId',
};
const TOO_LARGE: Fault = { field: '', reason: 'is larger than the topic takes' };

/** Checks each event, publishes the good ones together, and tells for each what became of it. */
export function takeInteractions(dependencies: TakeDependencies): TakeInteractions {
  const { publisher, producer, newEventId } = dependencies;
  return async (events, correlationId) => {
    const now = dependencies.now();
    const origin = { producer, correlationId, newEventId };
    const outcomes = new Array<Outcome>(events.length);
    const good: Interaction[] = [];
    const positions: number[] = [];
    for (const [index, event] of events.entries()) {
      const checked = checkInteraction(event, now);
      if ('fault' in checked) {
        outcomes[index] = { status: 400, error: checked.fault };
      } else {
        good.push(toInteraction(checked.request, origin));
        positions.push(index);
      }
    }
    const published = good.length === 0 ? [] : await publisher.publish(good);
    for (const [position, { eventId }] of good.entries()) {
      const index = positions[position] ?? 0;
      switch (published[position]) {
        case 'published':
          outcomes[index] = { status: 202, eventId };
          break;
        case 'too-large':
          outcomes[index] = { status: 413, error: TOO_LARGE };
          break;
        // A publisher that tells nothing of an event has not told that it is written.
        case undefined:
        case 'unavailable':
          outcomes[index] = { status: 503, eventId, error: UNAVAILABLE };
      }
    }
    return outcomes;
  };
}
