import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { csvHeader, csvLine, type DatasetSchema, type Row } from '@mesh/personalize';

export interface CsvUpload<S extends DatasetSchema> {
  readonly s3: S3Client;
  readonly bucket: string;
  /** A folder of its own, as `users/2026-01-05T12-00-00`: an import job reads all that is in it. */
  readonly folder: string;
  readonly schema: S;
  readonly rows: AsyncIterable<Row<S>>;
  /** A file that is longer is ended after the row. Bytes, default 64 MiB. */
  readonly fileBytes?: number;
  readonly onRows?: (rows: number) => void;
}

/** Writes rows as CSV files with a header each, one file in memory at a time. @returns how many rows */
export async function uploadCsv<S extends DatasetSchema>(upload: CsvUpload<S>): Promise<number> {
  const { s3, bucket, folder, schema, rows, fileBytes = 64 * 1_024 * 1_024, onRows } = upload;
  let lines: Buffer[] = [];
  let bytes = 0;
  let files = 0;
  let count = 0;
  const end = async (): Promise<void> => {
    files += 1;
    const Key = `${folder}/part-${String(files).padStart(5, '0')}.csv`;
    const Body = Buffer.concat([Buffer.from(csvHeader(schema)), ...lines]);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'text/csv' }));
    lines = [];
    bytes = 0;
  };
  for await (const row of rows) {
    const line = Buffer.from(csvLine(schema, row));
    lines.push(line);
    bytes += line.length;
    count += 1;
    onRows?.(count);
    if (bytes >= fileBytes) await end();
  }
  if (lines.length > 0) await end();
  return count;
}
