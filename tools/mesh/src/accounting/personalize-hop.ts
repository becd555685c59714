import type { Hop } from './hops.js';

/** The events in Personalize's interactions dataset: each counts once as an effect, however often it was put. */
export async function personalizeHop(doublesUrl: string): Promise<Hop> {
  const ids = new Set<string>();
  let after: number | undefined;
  do {
    const page: { ids: readonly string[]; next?: number } = await admin(doublesUrl, 'event-ids', {
      ...(after === undefined ? {} : { after }),
    });
    for (const id of page.ids) ids.add(id);
    after = page.next;
  } while (after !== undefined);
  const { events } = await admin<{ events: number }>(doublesUrl, 'counts', {});
  return { name: 'Personalize', ids, effects: events, repeatsAllowed: false };
}

async function admin<T>(doublesUrl: string, name: string, body: object): Promise<T> {
  const path = `/_double/personalize-events/${name}`;
  const answer = await fetch(doublesUrl + path, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
