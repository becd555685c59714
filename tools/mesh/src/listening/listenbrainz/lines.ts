/** A line of a file, without its line break, or why there is none. */
export type Line =
  { readonly line: number; readonly text: string } | { readonly line: number; readonly tooLong: true };

const NEWLINE = 0x0a;

/**
 * Splits bytes into lines, numbered from 1. Holds one line at a time: of one above `maxBytes` nothing is kept but its
 * number. A byte order mark and the carriage returns of Windows files are dropped.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer | string>,
  maxBytes: number,
): AsyncGenerator<Line, void, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  let line = 0;
  const take = (): Line => {
    line++;
    const tooLong = length > maxBytes;
    const text = tooLong ? '' : Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
    parts = [];
    length = 0;
    return tooLong ? { line, tooLong } : { line, text: line === 1 ? text.replace(/^\ufeff/, '') : text };
  };
  const add = (part: Buffer): void => {
    length += part.length;
    if (length > maxBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      add(bytes.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(bytes.subarray(start));
  }
  if (length > 0) yield take();
}
