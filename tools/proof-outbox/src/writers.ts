import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instances } from './instances.js';
import type { Subject } from './subjects.js';

/** One version of an aggregate that a service has confirmed. */
export interface Write {
  readonly version: number;
  /** Stands in the event; `null` where it is a deletion. */
  readonly mark: string | null;
}

export type Written = ReadonlyMap<string, readonly Write[]>;

export interface WritersOptions {
  readonly subject: Subject;
  readonly instances: Instances;
  readonly writes: number;
  readonly aggregates: number;
  readonly concurrency: number;
  /** How many writes may be begun so far: kills are spread over all of them. */
  readonly allowed: () => number;
  readonly onWrite: (total: number) => void;
}

/** Every so many versions of an aggregate, one is a deletion, after which it is created anew. */
const DELETION_EVERY = 9;
const REQUEST_TIMEOUT_MS = 10_000;
const PATIENCE_MS = 60_000;

/**
 * Writes version after version of each aggregate, several aggregates at a time, each request under an idempotency key
 * and repeated until it is answered, by whichever instance lives.
 *
 * @throws where an answer is none that a correct service could give
 */
export async function writeAll(options: WritersOptions): Promise<Written> {
  const { subject, instances, writes, aggregates, concurrency, allowed, onWrite } = options;
  const written = new Map<string, Write[]>();
  for (let number = 0; number < aggregates; number++) written.set(`proof-${number}-${randomUUID()}`, []);
  const ids = [...written.keys()];
  const busy = new Set<string>();
  let begun = 0;
  let done = 0;
  let next = 0;
  const writer = async (): Promise<void> => {
    while (begun < writes) {
      if (begun >= allowed()) {
        await sleep(5);
        continue;
      }
      begun += 1;
      let id = ids[next++ % ids.length] ?? '';
      while (busy.has(id)) id = ids[next++ % ids.length] ?? '';
      busy.add(id);
      const history = written.get(id) ?? [];
      history.push(await write(subject, instances, id, history));
      busy.delete(id);
      onWrite(++done);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, writer));
  return written;
}

async function write(
  subject: Subject,
  instances: Instances,
  id: string,
  history: readonly Write[],
): Promise<Write> {
  const { path, entity } = subject;
  const version = history.length + 1;
  const last = history.at(-1);
  const there = last !== undefined && last.mark !== null;
  const deletes = there && version % DELETION_EVERY === 0;
  const mark = deletes ? null : `${id} at ${version}`;
  const headers: Record<string, string> = {
    'idempotency-key': randomUUID(),
    ...(there ? { 'if-match': `"${version - 1}"` } : { 'if-none-match': '*' }),
    ...(deletes ? {} : { 'content-type': 'application/json' }),
  };
  const init: RequestInit = {
    method: deletes ? 'DELETE' : 'PUT',
    headers,
    ...(mark === null ? {} : { body: JSON.stringify(entity(id, mark)) }),
  };
  const answer = await untilAnswered(instances, `${path}/${id}`, init, version);
  const expected = deletes ? 204 : there ? 200 : 201;
  if (answer.status !== expected || (!deletes && answer.etag !== `"${version}"`)) {
    throw new Error(
      `version ${version} of ${id}: expected ${expected}, was answered ${answer.status} ${answer.etag} ${answer.text}`,
    );
  }
  return { version, mark };
}

/** The answer of an instance that lives. @throws where none answers for long, or one answers what it must not */
async function untilAnswered(instances: Instances, path: string, init: RequestInit, turn: number) {
  const deadline = Date.now() + PATIENCE_MS;
  let missing = 'no instance was up';
  for (let attempt = turn; Date.now() < deadline; attempt++) {
    const { urls } = instances;
    const base = urls[attempt % Math.max(1, urls.length)];
    if (base !== undefined) {
      const answer = await ask(base + path, init);
      if (typeof answer !== 'string' && answer.status !== 503) return answer;
      missing = typeof answer === 'string' ? answer : answer.text;
    }
    await sleep(20);
  }
  throw new Error(`${init.method} ${path} was not answered within ${PATIENCE_MS} ms: ${missing}`);
}

/** An answer, or why there is none: an instance killed while it was asked may have made the write, or not. */
async function ask(url: string, init: RequestInit) {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    return { status: response.status, etag: response.headers.get('etag'), text: await response.text() };
  } catch (error) {
    return `${String(error)} ${error instanceof Error ? String(error.cause) : ''}`;
  }
}
