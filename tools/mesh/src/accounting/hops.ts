import type { Admin, KafkaClient } from '@mesh/kafka';
import { readTopic } from './read-topic.js';

/** What one hop holds: the distinct event ids, and how many effects they left (records, documents, events). */
export interface Hop {
  readonly name: string;
  readonly ids: ReadonlySet<string>;
  readonly effects: number;
  /** Whether an event may leave more than one effect here: a producer's retry may repeat a record in a topic. */
  readonly repeatsAllowed: boolean;
}

/** The CloudEvents id of each record that a topic holds now. */
export async function topicHop(client: KafkaClient, admin: Admin, topic: string): Promise<Hop> {
  const ids = new Set<string>();
  let effects = 0;
  for await (const { partition, record } of readTopic(client, admin, topic)) {
    const id = record.headers.find(([name]) => name === 'ce_id')?.[1];
    if (!id) throw new Error(`record ${topic}-${partition}@${record.offset} has no ce_id header`);
    ids.add(id.toString());
    effects += 1;
  }
  return { name: `topic ${topic}`, ids, effects, repeatsAllowed: true };
}

/** All document ids of an index. */
export async function indexHop(openSearchUrl: string, index: string): Promise<Hop> {
  const ids = new Set<string>();
  let effects = 0;
  for await (const { _id } of documents(openSearchUrl, index)) {
    ids.add(_id);
    effects += 1;
  }
  return { name: `OpenSearch ${index}`, ids, effects, repeatsAllowed: false };
}

export interface Document {
  readonly _id: string;
  /** The fields asked for. */
  readonly _source?: Readonly<Record<string, unknown>>;
}

/** All documents of an index, after a refresh, so that what was acknowledged is seen. */
export async function* documents(
  openSearchUrl: string,
  index: string,
  fields: readonly string[] = [],
): AsyncGenerator<Document, void, undefined> {
  await ask(openSearchUrl, 'POST', `/${index}/_refresh`);
  let page = await ask<Page>(openSearchUrl, 'POST', `/${index}/_search?scroll=1m`, {
    size: 10_000,
    _source: fields.length === 0 ? false : fields,
    sort: ['_doc'],
  });
  while (page.hits.hits.length > 0) {
    yield* page.hits.hits;
    page = await ask<Page>(openSearchUrl, 'POST', '/_search/scroll', {
      scroll: '1m',
      scroll_id: page._scroll_id,
    });
  }
  await ask(openSearchUrl, 'DELETE', '/_search/scroll', { scroll_id: page._scroll_id });
}

interface Page {
  readonly _scroll_id: string;
  readonly hits: { readonly hits: readonly Document[] };
}

async function ask<T>(url: string, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(url + path, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!answer.ok)
    throw new Error(`${method} ${url}${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
