import type { Admin, KafkaClient } from '@mesh/kafka';

/** What one hop holds: the distinct event ids, and how many effects they left (records, documents, events). */
export interface Hop {
  readonly name: string;
  readonly ids: ReadonlySet<string>;
  readonly effects: number;
  /** Whether an event may leave more than one effect here: a producer's retry may repeat a record in a topic. */
  readonly repeatsAllowed: boolean;
}

/** Reads a topic from its beginning to the end it has now, and collects the CloudEvents id of each record. */
export async function topicHop(client: KafkaClient, admin: Admin, topic: string): Promise<Hop> {
  const [description] = await admin.describeTopics([topic]);
  if (description === undefined) throw new Error(`topic ${topic} does not exist: was the mesh provisioned?`);
  const partitions = Array.from({ length: description.partitions }, (_, partition) => ({ topic, partition }));
  const ends = new Map(
    (await admin.endOffsets(partitions)).map(({ partition, offset }) => [partition, offset]),
  );
  const endOf = (partition: number) => ends.get(partition) ?? 0;
  const from = (await admin.beginningOffsets(partitions)).filter(
    ({ partition, offset }) => endOf(partition) > offset,
  );
  const open = new Set(from.map(({ partition }) => partition));
  const ids = new Set<string>();
  let effects = 0;
  if (open.size === 0) return { name: `topic ${topic}`, ids, effects, repeatsAllowed: true };
  const reader = await client.reader(from);
  try {
    while (open.size > 0) {
      for (const batch of await reader.poll(1_000)) {
        for (const record of batch.records) {
          const id = record.headers.find(([name]) => name === 'ce_id')?.[1];
          if (!id) throw new Error(`record ${topic}-${batch.partition}@${record.offset} has no ce_id header`);
          ids.add(id.toString());
          effects += 1;
        }
        if (batch.nextOffset >= endOf(batch.partition)) open.delete(batch.partition);
      }
    }
  } finally {
    await reader.close();
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
