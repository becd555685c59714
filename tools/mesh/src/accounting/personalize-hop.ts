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
  return { name: 'Personalize interactions', ids, effects: events, repeatsAllowed: false };
}

/** What Personalize knows of a user or an item, by the columns of its dataset. */
export type PersonalizeRecord = Readonly<Record<string, string | number | null>>;

/** All users or items that Personalize has been told of, by id; those that were deleted are there with what is left. */
export async function personalizeRecords(
  doublesUrl: string,
  kind: 'user' | 'item',
): Promise<ReadonlyMap<string, PersonalizeRecord>> {
  const { records } = await admin<{ records: Record<string, PersonalizeRecord> }>(doublesUrl, 'records', {
    kind,
  });
  return new Map(Object.entries(records));
}

/** The users or items in Personalize's dataset: what is put once more replaces what was there. */
export async function personalizeRecordsHop(doublesUrl: string, kind: 'user' | 'item'): Promise<Hop> {
  const ids = new Set((await personalizeRecords(doublesUrl, kind)).keys());
  return { name: `Personalize ${kind}s`, ids, effects: ids.size, repeatsAllowed: false };
}

async function admin<T>(doublesUrl: string, name: string, body: object): Promise<T> {
  const path = `/_double/personalize-events/${name}`;
  const answer = await fetch(doublesUrl + path, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
