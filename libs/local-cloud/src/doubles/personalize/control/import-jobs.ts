import { setImmediate as yieldToCalls, setTimeout as sleep } from 'node:timers/promises';
import { objectStore } from '../../s3/object-store.js';
import type { Properties } from '../data/group-data.js';
import { csvRows } from '../schema/csv.js';
import { DatasetSchema, type DatasetType, type Value } from '../schema/dataset-schema.js';
import type { ControlPlane } from './control-plane.js';
import type { Resource } from './resources.js';

type Row = Readonly<Record<string, Value>>;

/** Rows applied between two looks at the calls that wait. */
const rowsAtOnce = 2_000;

/**
 * Runs dataset import jobs: reads the CSV file, or all files of a folder, from S3, checks every row against the
 * dataset's schema, and only then applies them. A job that a killed process left unfinished is run again: applying a
 * row twice has one effect.
 *
 * One thing AWS does and this does not: a second FULL import of interactions does not take back the first one's. For
 * items and users it replaces what was imported, and leaves what was put one by one.
 */
export class ImportJobs {
  readonly #plane: ControlPlane;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    for (const job of plane.resources.list('dataset-import-job', plane.options.now())) {
      if (job.doneMs === undefined) this.start(job);
    }
  }

  start(job: Resource): void {
    const running = this.#run(job).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #run(job: Resource): Promise<void> {
    const { resources, options } = this.#plane;
    let failureReason: string | undefined;
    try {
      await sleep(resources.untilProgress(job, options.now()), undefined, { signal: this.#stop.signal });
      await this.#import(job);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      failureReason = error instanceof Error ? error.message : String(error);
    }
    const now = options.now();
    resources.save({
      ...job,
      doneMs: now,
      updatedMs: now,
      ...(failureReason !== undefined && { failureReason }),
    });
  }

  async #import(job: Resource): Promise<void> {
    const { resources, options, data } = this.#plane;
    const dataset = resources.get('dataset', job.parent ?? '', options.now());
    const schema = resources.get('schema', dataset.members['schemaArn'] as string, options.now());
    const parsed = DatasetSchema.parse(schema.members['schema'] as string);
    const rows: Row[] = [];
    for (const { file, text } of await this.#files(job)) {
      for (const row of csvRows(parsed, text, file)) rows.push(row);
    }
    const group = dataset.parent ?? '';
    const type = dataset.members['datasetType'] as DatasetType;
    const full = job.members['importMode'] === 'FULL';
    if (type !== 'INTERACTIONS' && full) data.change(group, { dropBulk: type === 'ITEMS' ? 'item' : 'user' });
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      this.#apply(group, type, full, rows.slice(at, at + rowsAtOnce));
      await yieldToCalls();
      this.#stop.signal.throwIfAborted();
    }
  }

  #apply(group: string, type: DatasetType, full: boolean, rows: readonly Row[]): void {
    const { data, options } = this.#plane;
    const now = options.now();
    if (type === 'INTERACTIONS') {
      const imported = rows.map(
        (row) =>
          [
            text(row['USER_ID']),
            null,
            text(row['EVENT_TYPE']),
            text(row['ITEM_ID']),
            Number(row['TIMESTAMP']) * 1000,
          ] as const,
      );
      data.change(group, { imported, now });
      return;
    }
    const [put, idColumn] =
      type === 'ITEMS' ? (['item', 'ITEM_ID'] as const) : (['user', 'USER_ID'] as const);
    const records = rows.map((row): [string, Properties] => {
      const { [idColumn]: id, ...properties } = row;
      return [text(id), properties];
    });
    // "Data you imported individually is not replaced" by a FULL import.
    const kept = full
      ? records.filter(([id]) => data.group(group).properties(put, id) === undefined)
      : records;
    data.change(group, { put, bulk: true, records: kept });
  }

  async #files(job: Resource): Promise<{ file: string; text: string }[]> {
    const { dataLocation } = job.members['dataSource'] as { dataLocation: string };
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(dataLocation) ?? [];
    const store = objectStore(this.#plane.options.motoUrl);
    const isFolder = key === '' || key.endsWith('/');
    const keys = isFolder ? (await store.list(bucket, key)).filter((one) => one.endsWith('.csv')) : [key];
    if (keys.length === 0) throw new Error(`there are no CSV files in ${dataLocation}`);
    return Promise.all(
      keys.map(async (one) => ({
        file: `s3://${bucket}/${one}`,
        text: (await store.get(bucket, one)).toString('utf8'),
      })),
    );
  }
}

const text = (value: Value | undefined) => (value === null || value === undefined ? '' : String(value));
