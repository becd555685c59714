import { randomUUID } from 'node:crypto';
import { ModelledError } from '../framework/types.js';

/** What went wrong with the records of an error object: the value of `!{firehose:error-output-type}`. */
export type ErrorOutputType = 'AmazonOpenSearchService-failed';

/** The parts of an S3 destination that make up its objects' keys. */
export interface KeySettings {
  readonly Prefix?: string;
  readonly ErrorOutputPrefix?: string;
  readonly CompressionFormat?: string;
  readonly FileExtension?: string;
  readonly CustomTimeZone?: string;
}

const expression = /!\{([^:}]*):([^}]*)\}/g;

/**
 * Checks prefixes by the semantic rules of
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 *
 * @throws ModelledError `InvalidArgumentException`
 */
export function checkPrefixes({ Prefix = '', ErrorOutputPrefix }: KeySettings): void {
  const refuse = (message: string) => {
    throw new ModelledError('InvalidArgumentException', message);
  };
  for (const [member, value] of [
    ['Prefix', Prefix],
    ['ErrorOutputPrefix', ErrorOutputPrefix ?? ''],
  ] as const) {
    for (const [all, namespace, conversion] of value.matchAll(expression)) {
      const known =
        namespace === 'timestamp' ||
        (namespace === 'firehose' && (conversion === 'random-string' || conversion === 'error-output-type'));
      if (!known) refuse(`${member} has an expression that cannot be evaluated: ${all}`);
    }
    if (value.replace(expression, '').includes('!{'))
      refuse(`${member} has an unfinished expression: ${value}`);
  }
  if (Prefix.includes('!{firehose:error-output-type}'))
    refuse('Prefix cannot contain !{firehose:error-output-type}');
  if (ErrorOutputPrefix === undefined) {
    if (Prefix.includes('!{')) refuse('ErrorOutputPrefix cannot be null when Prefix contains expressions');
  } else if (
    ErrorOutputPrefix.includes('!{') &&
    !ErrorOutputPrefix.includes('!{firehose:error-output-type}')
  ) {
    refuse('ErrorOutputPrefix has expressions but not !{firehose:error-output-type}');
  }
}

/**
 * The key of a delivered object: `<evaluated prefix><suffix>`, the suffix being
 * `<stream>-<version>-<year>-<month>-<day>-<hour>-<minute>-<second>-<uuid><extension>`
 * (https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html). Times are of the oldest record in the object.
 */
export function objectKey(
  settings: KeySettings,
  object: {
    readonly stream: string;
    readonly version: string;
    readonly oldestMs: number;
    readonly uuid: string;
    readonly error?: ErrorOutputType;
  },
): string {
  const at = calendar(object.oldestMs, settings.CustomTimeZone || 'UTC');
  const suffix = [
    object.stream,
    object.version,
    at.yyyy,
    at.MM,
    at.dd,
    at.HH,
    at.mm,
    at.ss,
    object.uuid,
  ].join('-');
  const prefix = object.error
    ? errorPrefix(settings, object.error, at)
    : evaluate(withDefaultTime(settings.Prefix ?? ''), at);
  return prefix + suffix + extension(settings);
}

function errorPrefix(
  { Prefix = '', ErrorOutputPrefix }: KeySettings,
  error: ErrorOutputType,
  at: Calendar,
): string {
  const given = ErrorOutputPrefix ?? Prefix;
  return given.includes('!{')
    ? evaluate(given, at, error)
    : evaluate(`${given}!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH/}`, at, error);
}

const withDefaultTime = (prefix: string) =>
  prefix.includes('!{timestamp:') ? prefix : `${prefix}!{timestamp:yyyy/MM/dd/HH/}`;

const evaluate = (prefix: string, at: Calendar, error = '') =>
  prefix.replace(expression, (_, namespace: string, conversion: string) => {
    if (namespace === 'timestamp') return formatTime(conversion, at);
    return conversion === 'random-string' ? randomUUID().slice(0, 11) : error;
  });

function extension({ CompressionFormat, FileExtension }: KeySettings): string {
  if (FileExtension) return FileExtension;
  return CompressionFormat === 'GZIP' ? '.gz' : '';
}

type Calendar = Readonly<Record<'yyyy' | 'MM' | 'dd' | 'HH' | 'mm' | 'ss', string>>;

// Making one takes tens of microseconds.
const formats = new Map<string, Intl.DateTimeFormat>();

function calendar(ms: number, timeZone: string): Calendar {
  let format = formats.get(timeZone);
  if (!format) {
    const two = '2-digit';
    const parts = { month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', year: 'numeric', ...parts });
    formats.set(timeZone, format);
  }
  const parts = format.formatToParts(ms);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return {
    yyyy: part('year').padStart(4, '0'),
    MM: part('month'),
    dd: part('day'),
    HH: part('hour'),
    mm: part('minute'),
    ss: part('second'),
  };
}

/** The letters of Java's DateTimeFormatter that keys are made of; text in single quotes is literal. */
const formatTime = (pattern: string, at: Calendar) =>
  pattern.replace(/'([^']*)'|yyyy|MM|dd|HH|mm|ss/g, (letters: string, literal?: string) =>
    literal === undefined ? at[letters as keyof Calendar] : literal,
  );

/** The index a document goes to: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html#es-index-rotation */
export function rotatedIndex(index: string, rotation: string, arrivalMs: number): string {
  if (rotation === 'NoRotation') return index;
  if (rotation === 'OneWeek') return `${index}-${weekOf(arrivalMs)}`;
  // 2016-02-25T13:00:00.000Z
  const length = { OneHour: 13, OneDay: 10, OneMonth: 7 }[rotation] ?? 0;
  return `${index}-${new Date(arrivalMs).toISOString().slice(0, length).replace('T', '-')}`;
}

/** Weeks start on Sunday; a year's first week is the one that contains its first Saturday. */
function weekOf(ms: number): string {
  const dayMs = 86_400_000;
  const date = new Date(ms);
  const saturday = new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 6 - date.getUTCDay()),
  );
  const year = saturday.getUTCFullYear();
  const week = Math.floor((saturday.getTime() - Date.UTC(year, 0, 1)) / dayMs / 7) + 1;
  return `${year}-w${String(week).padStart(2, '0')}`;
}
