import { describe, expect, it } from '@jest/globals';
import { decodeAssigned, decodeSubscription } from '../../runtime/assignment/messages.js';
import { goOn, record } from './record.js';
import { upgradeTopology } from './topology.js';
import { isReleased, loadRecording, recordedVersions } from './recording.js';

const versions = recordedVersions();

describe('what is recorded', () => {
  it('is what this version writes', async () => {
    const newest = versions.at(-1) ?? '';
    // Where this differs: a version that is out stays as it is, and what is written now is recorded as the next;
    // npm run fixtures:record -- VERSION. See docs/evolution.md for what may change.
    expect(await record(newest)).toEqual(loadRecording(newest));
  });

  it('is of every kind of store', () => {
    const types = upgradeTopology().subTopologies.flatMap((sub) => sub.stores.map(({ type }) => type));
    expect([...new Set(types)].sort()).toEqual([
      'buffer',
      'join',
      'key-value',
      'session',
      'sliding',
      'suppress',
      'unmatched',
      'versioned',
      'window',
    ]);
  });

  it('is not recorded anew once it is out', () => {
    expect(isReleased('0.1.0')).toBe(true);
    expect(isReleased('999.0.0')).toBe(false);
  });
});

describe.each(versions)('what version %s has left behind', (version) => {
  const { topics, outputs, stores, group } = loadRecording(version);

  it('is gone on from as it would have itself', async () => {
    const continued = await goOn(topics);
    expect(continued.restored).toBeGreaterThan(0);
    // What the topology was given since is not in it.
    expect(continued).toMatchObject({ outputs, stores });
  });

  const own = topics.filter(({ config }) => config !== undefined).map(({ name }) => name);

  it.each(own)('is told by what is in %s', async (name) => {
    // Without it, something is missing: nothing is recorded that nobody reads.
    const { outputs: others, stores: other } = await goOn(
      topics.map((topic) => (topic.name === name ? { ...topic, records: [], committed: 0 } : topic)),
    );
    expect({ outputs: others, stores: other }).not.toMatchObject({ outputs, stores });
  });

  it('is understood where its members are in one group with newer ones', () => {
    const { subscription, assigned } = group;
    expect(decodeSubscription(Buffer.from(subscription.bytes, 'base64'))).toEqual(subscription.means);
    expect(decodeAssigned(Buffer.from(assigned.bytes, 'base64'))).toEqual(assigned.means);
  });
});
