import type { Column, DatasetSchema, Value } from './dataset-schema.js';
import { cellValue } from './values.js';

/** A file that cannot be imported: the message names the line and what is wrong there. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

/**
 * The rows of a bulk import file: a header that names columns of the schema in any order, all that are not nullable
 * among them, then a row a line, RFC 4180 quoting
 * (https://docs.aws.amazon.com/personalize/latest/dg/preparing-training-data.html).
 *
 * @throws CsvError at the first row that does not fit
 */
export function* csvRows(
  schema: DatasetSchema,
  text: string,
  file: string,
): Generator<Record<string, Value>, void, undefined> {
  const lines = records(text.startsWith('\u{feff}') ? text.slice(1) : text, file);
  const header = lines.next();
  if (header.done) throw new CsvError(`${file} is empty: a header with the schema's column names is needed`);
  const columns = headerColumns(schema, header.value.cells, file);
  for (const { line, cells } of lines) {
    if (cells.length !== columns.length) {
      throw new CsvError(
        `${file}, line ${line}: ${cells.length} cells, and the header has ${columns.length} columns`,
      );
    }
    const row: Record<string, Value> = {};
    for (const [i, column] of columns.entries()) {
      try {
        row[column.name] = cellValue(column, cells[i] ?? '');
      } catch (error) {
        throw new CsvError(`${file}, line ${line}: ${(error as Error).message}`, { cause: error });
      }
    }
    yield row;
  }
}

function headerColumns(schema: DatasetSchema, names: readonly string[], file: string): readonly Column[] {
  const columns = names.map((name) => {
    const column = schema.column(name.trim());
    if (column) return column;
    throw new CsvError(`${file}, header: the schema has no column ${JSON.stringify(name)}`);
  });
  const missing = schema.columns.find((column) => !column.nullable && !columns.includes(column));
  if (missing) throw new CsvError(`${file}, header: the column ${missing.name} of the schema is missing`);
  return columns;
}

interface CsvRecord {
  /** Where it starts, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

function* records(text: string, file: string): Generator<CsvRecord, void, undefined> {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const cells: string[] = [];
    const startLine = line;
    for (let separator = ','; separator === ',';) {
      cell.lastIndex = at;
      const match = cell.exec(text);
      if (!match) throw new CsvError(`${file}, line ${line}: a quote that does not enclose a whole cell`);
      const [all, quoted, plain, end = ''] = match;
      cells.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
      at += all.length;
      line += newlines(all);
      separator = end;
    }
    // A line of nothing is no row: files end with one, or with several.
    if (cells.length > 1 || cells[0] !== '') yield { line: startLine, cells };
  }
}

const newlines = (text: string) => text.match(/\r\n|\n|\r/g)?.length ?? 0;
