import { InvalidArgumentError, type Command } from 'commander';
import { formatCounts, formatLetter, formatReplay } from '../dlq/format.js';
import { replayLetters } from '../dlq/replay.js';
import { countLetters, selectLetters } from '../dlq/summary.js';
import { withKafka } from './kafka.js';

/** `mesh dlq list | show | replay`: what applications refused, and how it gets another chance. */
export function register(program: Command): void {
  const dlq = program.command('dlq').description('look at dead letters, and put them back after a fix');
  dlq
    .command('list')
    .description('count the dead letters of a topic by error, stage and application')
    .argument('<topic>', 'the topic they came from, or its .dlq')
    .action((topic: string) =>
      withKafka('mesh-dlq', async (client) => print(formatCounts(topic, await countLetters(client, topic)))),
    );
  dlq
    .command('show')
    .description('print dead letters: where from, why, headers, key and value')
    .argument('<topic>', 'the topic they came from, or its .dlq')
    .option('--partition <number>', 'of the dead-letter topic; all where absent', wholeNumber)
    .option('--offset <number>', 'begin there instead of with the oldest', wholeNumber)
    .option('--limit <number>', 'at most so many', wholeNumber, 10)
    .action((topic: string, flags: { partition?: number; offset?: number; limit: number }) =>
      withKafka('mesh-dlq', async (client) => {
        const letters = await selectLetters(client, topic, flags);
        print(letters.length === 0 ? 'no dead letters there' : letters.map(formatLetter).join('\n\n'));
      }),
    );
  dlq
    .command('replay')
    .description('put the dead letters not yet replayed back to the topics they came from, each once')
    .argument('<topic>', 'the topic they came from, or its .dlq')
    .option('--dry-run', 'only say what would go back')
    .option('--limit <number>', 'at most so many letters', wholeNumber)
    .action((topic: string, flags: { dryRun?: boolean; limit?: number }) =>
      withKafka('mesh-dlq', async (client) =>
        print(formatReplay(await replayLetters(client, topic, flags), flags.dryRun === true)),
      ),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(text);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
