import type { DeadLetter } from './letters.js';
import type { LetterCount } from './summary.js';
import type { ReplayReport } from './replay.js';

/** Longer keys and values are cut; the bytes are all there in the topic. */
const SHOWN_BYTES = 512;

export function formatCounts(topic: string, counts: readonly LetterCount[]): string {
  if (counts.length === 0) return `no dead letters of ${topic}`;
  const rows = counts.map(({ letters, replayed, errorClass, stage, application, source }) => [
    String(letters),
    String(replayed),
    errorClass || '(not said)',
    stage || '(not said)',
    application || '(not said)',
    source,
  ]);
  const table = [['letters', 'replayed', 'error', 'stage', 'application', 'source topic'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          column < 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function formatLetter(letter: DeadLetter): string {
  const { source, record, headers } = letter;
  const lines = [
    `letter      ${letter.partition}:${letter.offset}, ${new Date(record.timestamp).toISOString()}`,
    `from        ${source.topic}, partition ${source.partition || '?'}, offset ${source.offset || '?'}`,
    `refused by  ${letter.application || '?'}, task ${letter.task || '?'}, at ${letter.stage || '?'} in ${letter.node || '?'}`,
    `error       ${letter.errorClass || '?'}: ${letter.errorMessage}`,
    `key         ${formatBytes(record.key)}`,
    `value       ${formatBytes(record.value)}`,
    ...headers.map(([name, value]) => `header      ${name} = ${formatBytes(value)}`),
  ];
  return lines.join('\n');
}

export function formatReplay(report: ReplayReport, dryRun: boolean): string {
  const lines = Object.entries(report.sent).map(
    ([topic, count]) => `${count} ${dryRun ? 'would go' : 'went'} back to ${topic}`,
  );
  if (lines.length === 0) lines.push('nothing to replay');
  if (report.repeated > 0)
    lines.push(`${report.repeated} passed over: about records that are among those already`);
  return lines.join('\n');
}

/** Text as a JSON string where it is text that can be read, else hexadecimal. */
export function formatBytes(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  const shown = bytes.subarray(0, SHOWN_BYTES);
  const rest = bytes.length > SHOWN_BYTES ? ` … (${bytes.length} bytes)` : '';
  const text = bytes.toString('utf8');
  // A control character, or one that UTF-8 does not have: not meant for reading.
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const readable = !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd]/.test(text);
  return (readable ? JSON.stringify(text.slice(0, SHOWN_BYTES)) : `0x${shown.toString('hex')}`) + rest;
}
