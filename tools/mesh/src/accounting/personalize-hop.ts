import type { Hop } from './hops.js';

/** The events in Personalize's interactions dataset. */
export async function personalizeHop(doublesUrl: string): Promise<Hop> {
  const answer = await fetch(`${doublesUrl}/_double/personalize-events/events`, {
    method: 'POST',
    body: '{}',
  });
  if (!answer.ok) throw new Error(`the Personalize double answered ${answer.status}: ${await answer.text()}`);
  const { eventIds, stored } = (await answer.json()) as { eventIds: readonly string[]; stored: number };
  return { name: 'Personalize', ids: new Set(eventIds), effects: stored, repeatsAllowed: false };
}
