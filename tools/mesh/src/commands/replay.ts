import { InvalidArgumentError, type Command } from 'commander';
import { readListenBrainzFile } from '../listening/listenbrainz/reader.js';
import type { NumberedEvent, RejectedLine } from '../listening/event.js';
import { replay, type ReplayResult } from '../listening/replay/replay.js';
import { Progress } from '../progress.js';
import { positive } from './options.js';
import { urlOfApp } from './running-app.js';

interface Flags {
  readonly rate?: number;
  readonly url?: string;
}

/** `mesh replay`: a file of listens through the HTTP API of a running mesh, as players would have sent them. */
export function register(program: Command): void {
  program
    .command('replay')
    .description('send the listens of a file through the HTTP API, losing none')
    .argument('<file>', 'JSON Lines in the shape of the ListenBrainz export, one listen a line')
    .option('--rate <per second>', 'interactions a second; as fast as it goes where absent', positive)
    .option('--url <url>', 'the interactions API; that of the running mesh where absent', httpUrl)
    .action(async (file: string, flags: Flags) => {
      // Lines and progress are for people to watch, the result is what the command is for.
      const progress = new Progress(process.stderr);
      let badLines = 0;
      const onRejected = (rejected: RejectedLine): void => progress.print(describe(rejected));
      const listens = readListenBrainzFile(file, {
        onRejected: (rejected) => {
          badLines++;
          onRejected(rejected);
        },
      });
      const result = await replay(nameTheFile(listens, file), {
        url:
          flags.url ?? (() => urlOfApp('interactions', ', or say where the interactions API is with --url')),
        ...(flags.rate === undefined ? {} : { rate: flags.rate }),
        onRejected,
        onProgress: ({ sent, elapsedMs }) =>
          progress.show(
            `${sent.toLocaleString('en-GB')} listens sent, ${Math.round((sent / elapsedMs) * 1_000)}/s`,
          ),
      });
      progress.print(`${result.sent.toLocaleString('en-GB')} listens sent`);
      process.stdout.write(`${summary(result, badLines)}\n`);
      // A file of which nothing could be used is most likely not what was meant.
      if (result.accepted === 0) process.exitCode = 1;
    });
}

/** The file system's errors name the file, but not what it was wanted for. */
async function* nameTheFile(
  listens: AsyncIterable<NumberedEvent>,
  file: string,
): AsyncGenerator<NumberedEvent, void, undefined> {
  try {
    yield* listens;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot read the listens of ${file}: ${reason}`, { cause });
  }
}

function describe({ line, field, reason }: RejectedLine): string {
  return `line ${line}: ${field === '' ? '' : `${field} `}${reason}`;
}

function summary(result: ReplayResult, badLines: number): string {
  const { accepted, rejectedCount, retries, elapsedMs, latency } = result;
  const rejected = badLines + rejectedCount;
  const seconds = elapsedMs / 1_000;
  return (
    `${accepted} accepted, ${rejected} rejected, ${retries} sent again, in ${seconds.toFixed(1)} s ` +
    `(${Math.round(accepted / seconds)}/s; p50 ${latency.percentile(0.5).toFixed(0)} ms, ` +
    `p99 ${latency.percentile(0.99).toFixed(0)} ms a batch)`
  );
}

function httpUrl(text: string): string {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new InvalidArgumentError('It has to be an address as http://127.0.0.1:8080.');
  }
  return text;
}
