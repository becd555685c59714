import { setTimeout as sleep } from 'node:timers/promises';
import type { Deliver } from './lane.js';
import { rotatedIndex } from './object-keys.js';
import { writeObject, type S3Target } from './s3-delivery.js';

export interface OpenSearchTarget {
  readonly url: string;
  readonly stream: string;
  readonly index: string;
  readonly rotation: string;
  /** How long an index request is retried, the first attempt included; 0 for never. */
  readonly retryMs: number;
  /** Whether Firehose names the documents (`FIREHOSE_DEFAULT`); an index's ingest pipeline may name them otherwise. */
  readonly documentIds: boolean;
  /** Where documents that could not be indexed go. */
  readonly failed: S3Target;
  readonly now: () => number;
  readonly count: (outcome: { delivered: number; failed: number }) => void;
  readonly log: (message: string) => void;
}

interface Document {
  readonly data: Buffer;
  readonly arrivalMs: number;
  readonly index: string;
  /** Stable across attempts and restarts, as Firehose's is. */
  readonly id: string;
}

/** Why a document is not indexed, and whether another attempt may do. */
interface Refusal {
  readonly document: Document;
  readonly code: string;
  readonly message: string;
  readonly retriable: boolean;
}

// Large enough to amortise a request, small enough for a heap of 256 MiB on the other side.
const maxBulkBytes = 5 * 1024 * 1024;
const maxBulkDocuments = 5_000;
const maxBackoffMs = 5_000;

/**
 * Delivers buffers by `_bulk`. What fails for a while is retried for the retry duration; what stays failed, or can
 * never succeed, goes to S3 under the error prefix, one JSON object a line
 * (https://docs.aws.amazon.com/firehose/latest/dev/retry.html, "Amazon OpenSearch Service").
 */
export function openSearchDelivery(target: OpenSearchTarget): Deliver {
  return async (segment, { data, arrivals }, signal) => {
    const documents = data.map((record, i): Document => {
      const arrivalMs = arrivals[i] ?? 0;
      const index = rotatedIndex(target.index, target.rotation, arrivalMs);
      return { data: record, arrivalMs, index, id: `${segment.id}.${i}` };
    });
    const refused: string[] = [];
    for (const batch of batches(documents)) refused.push(...(await deliverBatch(target, batch, signal)));
    if (refused.length > 0) {
      const body = Buffer.from(refused.join(''));
      const error = 'AmazonOpenSearchService-failed';
      await writeObject(target.failed, { body, oldestMs: arrivals[0] ?? 0, uuid: segment.id, error }, signal);
    }
    target.count({ delivered: documents.length - refused.length, failed: refused.length });
  };
}

function* batches(documents: readonly Document[]): Iterable<readonly Document[]> {
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < documents.length; i++) {
    const size = documents[i]?.data.length ?? 0;
    if (i > start && (bytes + size > maxBulkBytes || i - start >= maxBulkDocuments)) {
      yield documents.slice(start, i);
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < documents.length) yield documents.slice(start);
}

/** @returns what goes to S3 of the documents that could not be indexed */
async function deliverBatch(target: OpenSearchTarget, batch: readonly Document[], signal: AbortSignal) {
  const startedMs = target.now();
  const lines: string[] = [];
  const giveUp = (refusals: readonly Refusal[], attemptsMade: number) => {
    for (const refusal of refusals) lines.push(failedDocument(refusal, attemptsMade, target.now()));
  };
  const [fit, unfit] = partition(batch, ({ data }) => isOneLine(data));
  giveUp(
    unfit.map((document) => ({
      document,
      code: '400',
      message: 'the record is not a single-line JSON object',
      retriable: false,
    })),
    0,
  );
  let open: readonly Document[] = fit;
  for (let attempt = 1; open.length > 0; attempt++) {
    signal.throwIfAborted();
    const refusals = await bulk(target, open, signal);
    const [transient, final] = partition(refusals, ({ retriable }) => retriable);
    giveUp(final, attempt);
    if (transient.length === 0) break;
    if (target.now() - startedMs >= target.retryMs) {
      giveUp(transient, attempt);
      target.log(
        `${target.stream}: gave up ${transient.length} documents after ${attempt} attempts: ${transient[0]?.message}`,
      );
      break;
    }
    if (attempt === 1)
      target.log(`${target.stream}: ${transient.length} documents are retried: ${transient[0]?.message}`);
    open = transient.map(({ document }) => document);
    await sleep(Math.min(maxBackoffMs, 50 * 2 ** attempt), undefined, { signal });
  }
  return lines;
}

/** One `_bulk` request. @returns the documents it did not index */
async function bulk(
  target: OpenSearchTarget,
  documents: readonly Document[],
  signal: AbortSignal,
): Promise<Refusal[]> {
  const all = (code: string, message: string, retriable: boolean) =>
    documents.map((document) => ({ document, code, message, retriable }));
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${target.url}/_bulk?filter_path=errors,items.*.status,items.*.error`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: bulkBody(target, documents),
      signal,
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    return all('0', `no answer from ${target.url}: ${reasonOf(error)}`, true);
  }
  if (status !== 200) return all(String(status), text.slice(0, 1_000), isTransient(status));
  const answer = JSON.parse(text) as BulkAnswer;
  if (!answer.errors) return [];
  const refusals: Refusal[] = [];
  answer.items.forEach((item, i) => {
    const result = Object.values(item)[0];
    const document = documents[i];
    if (!document || !result || result.status < 300) return;
    const { status: code, error } = result;
    const message = error ? `${error.type}: ${error.reason}` : 'no reason given';
    refusals.push({ document, code: String(code), message, retriable: isTransient(code) });
  });
  return refusals;
}

interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly Record<string, { status: number; error?: { type: string; reason: string } }>[];
}

function bulkBody({ documentIds }: OpenSearchTarget, documents: readonly Document[]): Buffer {
  const parts: Buffer[] = [];
  for (const { index, id, data } of documents) {
    const action = { _index: index, ...(documentIds && { _id: id }) };
    parts.push(Buffer.from(`{"index":${JSON.stringify(action)}}\n`), data);
    if (data[data.length - 1] !== newline) parts.push(lineEnd);
  }
  return Buffer.concat(parts);
}

const newline = 0x0a;
const lineEnd = Buffer.from('\n');

/** A line break inside a record would shift every following line of the bulk request. */
function isOneLine(data: Buffer): boolean {
  const at = data.indexOf(newline);
  return data.length > 0 && (at === -1 || (at > 0 && at === data.length - 1));
}

// A cluster that is full blocks its indices with 403, and lifts the block when there is room again.
const isTransient = (status: number) => status === 429 || status === 403 || status >= 500;

function failedDocument({ document, code, message }: Refusal, attemptsMade: number, nowMs: number): string {
  const entry = {
    attemptsMade,
    arrivalTimestamp: document.arrivalMs,
    errorCode: code,
    errorMessage: message,
    attemptEndingTimestamp: nowMs,
    rawData: document.data.toString('base64'),
    esDocumentId: document.id,
    esIndexName: document.index,
    esTypeName: '',
  };
  return `${JSON.stringify(entry)}\n`;
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const one of all) (test(one) ? yes : no).push(one);
  return [yes, no];
}

/** What `fetch` failed with: its cause says more than itself. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
