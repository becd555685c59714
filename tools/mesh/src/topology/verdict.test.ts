import { afterEach, describe, expect, it } from '@jest/globals';
import type { StoreDescriptor, TopologyDescriptor } from '@mesh/streams';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acknowledgements, describedApps } from './described-apps.js';
import { judge, shown } from './verdict.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function keeping(...stores: readonly StoreDescriptor[]): TopologyDescriptor {
  return { format: 1, subTopologies: [{ id: 0, sources: ['in'], repartition: [], stores }] };
}

const plays: StoreDescriptor = {
  name: 'plays',
  type: 'window',
  key: 'string',
  value: 'long',
  windowMs: 1_000,
};
const app = (now: TopologyDescriptor, ...acknowledged: Parameters<typeof judge>[0]['acknowledged']) => {
  return { name: 'trends', now, acknowledged };
};

describe('a changed topology', () => {
  it('is unchanged where it keeps what is kept', () => {
    expect(judge(app(keeping(plays)), keeping(plays))).toEqual({
      ...{ app: 'trends', outcome: 'unchanged', changes: [] },
    });
  });

  it('has its description written where it is new, or loses nothing', () => {
    expect(judge(app(keeping(plays)), undefined).outcome).toBe('outdated');
    const verdict = judge(app(keeping(plays, { name: 'users', type: 'key-value' })), keeping(plays));
    expect(verdict).toMatchObject({ outcome: 'outdated', changes: [{ code: 'STORE_ADDED', name: 'users' }] });
  });

  it('is refused where something is lost, until somebody says why that is right', () => {
    const now = keeping({ ...plays, windowMs: 2_000 });
    const refused = judge(app(now), keeping(plays));
    expect(refused.outcome).toBe('breaking');
    expect(shown(refused)).toBe(
      'trends: breaking\n  ✗ STORE_WINDOW_CHANGED plays: 1000 ms before, 2000 ms now',
    );
    const other = { code: 'STORE_WINDOW_CHANGED', name: 'skips', reason: 'of another store' };
    expect(judge(app(now, other), keeping(plays)).outcome).toBe('breaking');
    const seen = { code: 'STORE_WINDOW_CHANGED', name: 'plays', reason: 'reset on Monday' };
    const accepted = judge(app(now, other, seen), keeping(plays));
    expect(accepted.outcome).toBe('outdated');
    expect(shown(accepted)).toContain(
      '! STORE_WINDOW_CHANGED plays: 1000 ms before, 2000 ms now (acknowledged: reset',
    );
  });
});

describe('acknowledgements', () => {
  const written = (content: unknown): string => {
    const folder = mkdtempSync(join(tmpdir(), 'topology-'));
    folders.push(folder);
    const file = join(folder, 'topology.acknowledged.json');
    writeFileSync(file, JSON.stringify(content));
    return file;
  };

  it('have a code, a name and a reason each', () => {
    const one = { code: 'STORE_REMOVED', name: 'plays', reason: 'nobody reads it' };
    expect(acknowledgements(written([one]))).toEqual([one]);
    expect(acknowledgements('/no/such/file')).toEqual([]);
    expect(() => acknowledgements(written([{ ...one, reason: ' ' }]))).toThrow('lacks');
    expect(() => acknowledgements(written({}))).toThrow('not a list');
  });
});

describe('the stream applications of this repository', () => {
  it('are described as they are built, and lose nothing unseen', async () => {
    const apps = await describedApps();
    expect(apps.map(({ name }) => name)).toEqual(expect.arrayContaining(['items-update', 'trends']));
    for (const each of apps) expect(judge(each, each.committed).outcome).toBe('unchanged');
  });
});
