import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { correlationId } from './correlation.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** The service's name, in every line. */
  readonly name: string;
  readonly level: string;
  /** Where lines go; stdout where absent. */
  readonly destination?: DestinationStream;
}

/**
 * JSON lines with an ISO time, the service's name, and the correlation id of the work under way. Written
 * synchronously, so that the last lines before an exit are there.
 */
export function createLogger({ name, level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service: name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => {
        const id = correlationId();
        return id === undefined ? {} : { correlationId: id };
      },
      redact: {
        paths: [
          '*.password',
          '*.secretAccessKey',
          '*.sessionToken',
          'headers.authorization',
          '*.headers.authorization',
        ],
        censor: '(secret)',
      },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}
