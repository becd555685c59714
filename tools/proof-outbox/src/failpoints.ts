// Loaded before a service's own code (`node --import`), so that the code under proof knows nothing of being killed: the
// database clients' and the Kafka producer's methods are wrapped from outside.
import { DynamoDBClient, type TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { writeSync } from 'node:fs';
import { Client } from 'pg';
import { DYING, type Order, type Point } from './points.js';

let armed: Point | undefined;
let left = 0;

process.on('message', ({ point, after = 1 }: Order) => {
  armed = point;
  left = after;
});
// Nothing outlives the proof.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// The channel alone keeps no service from stopping.
process.channel?.unref();

/** Dies here if this is the point, and the time. */
function at(point: Point): void {
  if (point !== armed) return;
  left -= 1;
  if (left > 0) return;
  writeSync(1, `${JSON.stringify({ msg: DYING, point })}\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** Dies between the request's leaving and its answer's being read. */
async function during<T>(point: Point, call: Promise<T>): Promise<T> {
  if (point !== armed) return call;
  await new Promise((resolve) => setImmediate(resolve));
  at(point);
  return call;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function wrap(
  prototype: object,
  name: string,
  around: (call: () => Promise<unknown>, args: unknown[]) => unknown,
) {
  const methods = prototype as Record<string, Method>;
  const original = methods[name];
  if (original === undefined) throw new Error(`there is no ${name} to be wrapped: the proof is out of date`);
  methods[name] = function (this: unknown, ...args) {
    return around(() => original.apply(this, args) as Promise<unknown>, args);
  };
}

/** A commit of business data, a reading and a removal of the relay, in whichever database. */
async function commit(call: () => Promise<unknown>): Promise<unknown> {
  at('before-commit');
  const answer = await during('during-commit', call());
  at('after-commit');
  return answer;
}

async function then(
  point: Point,
  call: () => Promise<unknown>,
  when = (_answer: unknown) => true,
): Promise<unknown> {
  const answer = await call();
  if (when(answer)) at(point);
  return answer;
}

wrap(Client.prototype, 'query', (call, [query]) => {
  const { name, text } =
    typeof query === 'string'
      ? { name: undefined, text: query }
      : (query as { name?: string; text?: string });
  if (text === 'COMMIT') return commit(call);
  if (name === 'remove-from-outbox') return then('after-removal', call);
  if (name === 'read-outbox') {
    return then('after-read', call, (answer) =>
      (answer as { rows: { sequence: string | null }[] }).rows.some(({ sequence }) => sequence !== null),
    );
  }
  return call();
});

wrap(DynamoDBClient.prototype, 'send', (call, [command]) => {
  switch ((command as object).constructor.name) {
    case 'TransactWriteItemsCommand': {
      // Every change puts its event; the relay only takes events away.
      const { input } = command as { input: TransactWriteItemsCommandInput };
      const changes = input.TransactItems?.some(({ Put }) => Put !== undefined) === true;
      return changes ? commit(call) : then('after-removal', call);
    }
    case 'QueryCommand':
      return then('after-read', call, (answer) => ((answer as { Count?: number }).Count ?? 0) > 0);
    default:
      return call();
  }
});

// The class behind every driver's transactional producers; no package exports it.
const core = new URL('../../../libs/kafka/dist/core/transactional-producer.js', import.meta.url);
const { TransactionProducer } = (await import(core.href)) as { TransactionProducer: { prototype: object } };
wrap(TransactionProducer.prototype, 'send', (call) => then('after-send', call));
wrap(TransactionProducer.prototype, 'commit', async (call) => {
  const answer = await during('during-kafka-commit', call());
  at('after-kafka-commit');
  return answer;
});
