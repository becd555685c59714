import { encodeAssigned, encodeSubscription, VERSION } from '../../runtime/assignment/messages.js';
import type { StateStoreProvider } from '../../state/provider.js';
import { assigned, subscriptionIn } from '../group-messages.js';
import { contentsOf } from './contents.js';
import { toRecorded, type Recording, type RecordedGroup, type RecordedTopic } from './recording.js';
import { Sandbox } from './sandbox.js';
import { inputTopics } from './topology.js';
import { wave } from './waves.js';

/** What an application is left with, and what it goes on with. */
export type Continued = Pick<Recording, 'outputs' | 'stores'>;

/**
 * Runs the first three waves, and ends with records of the second and third in each internal topic, not yet read.
 *
 * @param stores state on disk, empty; default: in memory
 */
export async function leave(stores?: StateStoreProvider): Promise<readonly RecordedTopic[]> {
  const sandbox = await Sandbox.open([], stores);
  const isInput = (topic: string): boolean => inputTopics.some((input) => input === topic);
  for (const record of wave(0)) sandbox.write(record);
  sandbox.run();
  for (const record of wave(1)) sandbox.write(record);
  sandbox.run((topic) => isInput(topic) || topic.includes('-subscription-registration'));
  for (const record of wave(2)) sandbox.write(record);
  sandbox.run(isInput);
  const left = sandbox.left();
  await sandbox.close();
  return left;
}

/**
 * Goes on from what was left behind: with what waits in internal topics, then with the last wave, record by record.
 *
 * @param stores the state on disk that belongs to it; default: restored from the changelogs
 */
export async function goOn(
  left: readonly RecordedTopic[],
  stores?: StateStoreProvider,
): Promise<Continued & { readonly restored: number }> {
  const sandbox = await Sandbox.open(left, stores);
  sandbox.run();
  for (const record of wave(3)) {
    sandbox.write(record);
    sandbox.run();
  }
  const outputs = Object.fromEntries(
    outputTopics(sandbox).map((topic) => {
      const before = left.find(({ name }) => name === topic)?.records.length ?? 0;
      return [topic, sandbox.read(topic, before).map(toRecorded)];
    }),
  );
  const contents = await contentsOf(sandbox.topology, (request) => sandbox.query(request));
  await sandbox.close();
  return { restored: sandbox.restored, outputs, stores: contents };
}

export async function record(version: string): Promise<Recording> {
  const topics = await leave();
  const { outputs, stores } = await goOn(topics);
  return { version, topics, outputs, stores, group: group() };
}

export function outputTopics({ topology }: Pick<Sandbox, 'topology'>): readonly string[] {
  return topology.subTopologies.flatMap((sub) =>
    sub.sinks.flatMap(({ topic }) => (topic.internal ? [] : [topic.name])),
  );
}

function group(): RecordedGroup {
  const subscription = subscriptionIn(VERSION);
  return {
    subscription: { bytes: encodeSubscription(subscription).toString('base64'), means: subscription },
    assigned: { bytes: encodeAssigned(assigned, VERSION).toString('base64'), means: assigned },
  };
}
