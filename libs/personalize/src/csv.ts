import type { DatasetSchema, Row } from './datasets.js';

/** The first line of an import file. */
export function csvHeader(schema: DatasetSchema): string {
  return `${schema.fields.map(({ name }) => name).join(',')}\n`;
}

/** A row as a line of an import file, in the columns' order in the schema. */
export function csvLine<S extends DatasetSchema>(schema: S, row: Row<S>): string {
  const columns = schema.fields.map(({ name }) => name as keyof Row<S>);
  return `${columns.map((column) => cell(row[column])).join(',')}\n`;
}

/** RFC 4180: a value with a comma, a quote or a line break stands in quotes, and quotes within are doubled. */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
