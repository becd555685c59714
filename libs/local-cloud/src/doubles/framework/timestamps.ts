import type { TimestampFormat } from './model.js';

/** A timestamp off the wire, or undefined where it is none. `unixTimestamp` is in seconds with a fraction. */
export function parseTimestamp(value: unknown, format: TimestampFormat): Date | undefined {
  let date: Date;
  if (format === 'unixTimestamp') {
    if (typeof value !== 'number') return undefined;
    date = new Date(Math.round(value * 1000));
  } else {
    if (typeof value !== 'string') return undefined;
    date = new Date(value);
  }
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A timestamp as it goes on the wire. */
export function formatTimestamp(date: Date, format: TimestampFormat): number | string {
  switch (format) {
    case 'unixTimestamp':
      return date.getTime() / 1000;
    case 'iso8601':
      return date.toISOString();
    case 'rfc822':
      return date.toUTCString();
  }
}
