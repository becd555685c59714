/**
 * A request in a fixed version of its API, with the reading of its answer. Requests of flexible versions write the
 * tagged fields of header version 2 first, and read those of the answer's header.
 */
export interface WireRequest<T> {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  encode(): Buffer;
  decode(answer: Buffer): T;
  /** Time the broker may take by itself, as for a long poll, before it is late. Milliseconds. */
  readonly waitMs?: number;
  /** For the answer, where that is not to wait for as long as others. Milliseconds. */
  readonly timeoutMs?: number;
}

export interface TopicEntry<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

/** Groups items of partitions by topic, as every request wants them. */
export function byTopic<P extends { readonly topic: string }>(items: readonly P[]): TopicEntry<P>[] {
  const topics = new Map<string, P[]>();
  for (const item of items) {
    const partitions = topics.get(item.topic);
    if (partitions === undefined) topics.set(item.topic, [item]);
    else partitions.push(item);
  }
  return Array.from(topics, ([topic, partitions]) => ({ topic, partitions }));
}

/** The first code that is an error, else 0: for answers that are nothing but codes. */
export function firstError(codes: readonly number[]): number {
  return codes.find((code) => code !== 0) ?? 0;
}
