import type { KafkaClient } from '@mesh/kafka';
import { deadLetterTopicOf, partitionsOf, readLetters, type DeadLetter } from './letters.js';
import { replayPositions } from './replay.js';

/** Letters alike: refused by the same application at the same stage for the same class of error. */
export interface LetterCount {
  readonly source: string;
  readonly application: string;
  readonly stage: string;
  readonly errorClass: string;
  readonly letters: number;
  /** Of these, put back already. */
  readonly replayed: number;
}

/** What lies in a dead-letter topic, the most frequent kind first. */
export async function countLetters(client: KafkaClient, topic: string): Promise<readonly LetterCount[]> {
  const dlq = deadLetterTopicOf(topic);
  const partitions = await partitionsOf(client.admin(), dlq);
  const positions = await replayPositions(client, dlq, partitions);
  const counts = new Map<string, LetterCount>();
  const from = positions.map((position) => ({ ...position, offset: 0 }));
  for await (const letter of readLetters(client, from)) {
    const { source, application, stage, errorClass } = letter;
    const kind = JSON.stringify([source.topic, application, stage, errorClass]);
    const { letters = 0, replayed = 0 } = counts.get(kind) ?? {};
    const done = letter.offset < (positions[letter.partition]?.offset ?? 0);
    counts.set(kind, {
      source: source.topic,
      application,
      stage,
      errorClass,
      letters: letters + 1,
      replayed: replayed + (done ? 1 : 0),
    });
  }
  return [...counts.values()].sort((a, b) => b.letters - a.letters);
}

export interface Selection {
  readonly partition?: number;
  readonly offset?: number;
  readonly limit: number;
}

/** Letters from a place on, the oldest first. */
export async function selectLetters(
  client: KafkaClient,
  topic: string,
  selection: Selection,
): Promise<DeadLetter[]> {
  const dlq = deadLetterTopicOf(topic);
  const partitions = await partitionsOf(client.admin(), dlq);
  const chosen = Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => selection.partition === undefined || partition === selection.partition,
  );
  if (chosen.length === 0)
    throw new Error(`${dlq} has ${partitions} partitions, none ${selection.partition}`);
  const letters: DeadLetter[] = [];
  const from = chosen.map((partition) => ({ topic: dlq, partition, offset: selection.offset ?? 0 }));
  if (selection.limit <= 0) return letters;
  for await (const letter of readLetters(client, from)) {
    letters.push(letter);
    if (letters.length >= selection.limit) break;
  }
  return letters;
}
