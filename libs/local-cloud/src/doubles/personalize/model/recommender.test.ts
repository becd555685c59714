import { describe, expect, it } from '@jest/globals';
import { calibrated } from './calibrate.js';
import { Recommender, type Asked, type ModelEntry, type Recommended } from './recommender.js';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

/** Two worlds of songs and one of podcasts, each with users who keep to it, and users who like rock and news. */
function worlds(): Recommender {
  const model = new Recommender();
  const world = (name: string, size: number) => Array.from({ length: size }, (_, i) => `${name}-${i}`);
  const [rock, jazz, news] = [world('rock', 30), world('jazz', 30), world('news', 8)];
  const listens = (user: string, items: readonly string[], count: number, seed: number) => {
    for (let i = 0; i < count; i++) {
      const item = items[(seed * 7 + i * 11) % items.length] ?? '';
      model.record({ user, item, type: 'PLAY', atMs: start + i * 60_000 + seed });
    }
  };
  for (let user = 0; user < 20; user++) {
    listens(`rocker-${user}`, rock, 15, user);
    listens(`jazzer-${user}`, jazz, 15, user);
    listens(`newsie-${user}`, news, 5, user);
    listens(`both-${user}`, rock, 12, user);
    listens(`both-${user}`, news, 4, user);
  }
  return model;
}

const kindOf = (item: string) => (item.startsWith('news') ? 'EPISODE' : 'SONG');

function top(items: Iterable<Recommended>, count = 10): string[] {
  const taken: string[] = [];
  for (const { item } of items) if (taken.push(item) === count) break;
  return taken;
}
const worldOf = (items: readonly string[]) => new Set(items.map((item) => item.split('-')[0]));
const forUser = (model: Recommender, user: string, asked: Asked = {}, count = 10) =>
  top(model.forUser(user, asked), count);

describe('recommendations', () => {
  it('are what users with like tastes play', () => {
    const model = worlds();
    expect(worldOf(forUser(model, 'rocker-1'))).toEqual(new Set(['rock']));
    expect(worldOf(forUser(model, 'jazzer-1'))).toEqual(new Set(['jazz']));
    model.record({ user: 'new', item: 'jazz-3', type: 'PLAY', atMs: start + day });
    expect(worldOf(forUser(model, 'new'))).toEqual(new Set(['jazz']));
  });

  it('hold both kinds for who likes both, in the shares of the user', () => {
    const found = forUser(worlds(), 'both-3', { kindOf }, 12);
    const episodes = found.filter((item) => kindOf(item) === 'EPISODE').length;
    expect(episodes).toBeGreaterThanOrEqual(2);
    expect(episodes).toBeLessThanOrEqual(4);
  });

  it('follow a burst of new interest at once', () => {
    const model = worlds();
    expect(worldOf(forUser(model, 'rocker-1'))).toEqual(new Set(['rock']));
    for (let i = 0; i < 8; i++) {
      model.record({ user: 'rocker-1', item: `jazz-${i}`, type: 'LIKE', atMs: start + day + i });
    }
    const after = forUser(model, 'rocker-1');
    expect(after.filter((item) => item.startsWith('jazz')).length).toBeGreaterThan(5);
    // And nobody else's.
    expect(worldOf(forUser(model, 'rocker-2'))).toEqual(new Set(['rock']));
  });

  it('put what the user skipped last', () => {
    const model = worlds();
    const [first = ''] = forUser(model, 'rocker-1');
    model.record({ user: 'rocker-1', item: first, type: 'SKIP', atMs: start + day });
    const all = forUser(model, 'rocker-1', {}, 1_000);
    expect(all.at(-1)).toBe(first);
    expect(all).toHaveLength(68);
  });

  it('are the popular items for a user nobody knows, and say so', () => {
    const model = worlds();
    const popular = top(model.popular());
    const found = [...model.forUser('nobody')];
    expect(found.slice(0, 10).map(({ item }) => item)).toEqual(popular);
    expect(found[0]).toEqual({ item: popular[0], reason: 'Popular item' });
    // The smallest world has most plays an item.
    expect(worldOf(popular.slice(0, 8))).toEqual(new Set(['news']));
  });

  it('end with items that nobody interacted with', () => {
    const model = worlds();
    model.introduce('brand-new');
    expect([...model.forUser('rocker-1')].at(-1)).toEqual({ item: 'brand-new', reason: 'Exploration' });
  });

  it('weigh recent events more than old ones', () => {
    const model = new Recommender();
    for (let user = 0; user < 5; user++) {
      model.record({ user: `old-${user}`, item: 'yesteryear', type: 'PLAY', atMs: start });
      if (user < 3)
        model.record({ user: `new-${user}`, item: 'this year', type: 'PLAY', atMs: start + 60 * day });
    }
    expect(top(model.popular(), 2)).toEqual(['this year', 'yesteryear']);
  });

  it('survive events decades apart', () => {
    const model = worlds();
    model.record({ user: 'rocker-1', item: 'rock-1', type: 'PLAY', atMs: start + 40 * 365 * day });
    model.record({ user: 'rocker-1', item: 'rock-2', type: 'PLAY', atMs: 0 });
    const scores = [...model.forUser('rocker-1')].map(({ score }) => score ?? 0);
    expect(scores.every((score) => Number.isFinite(score))).toBe(true);
    expect(top(model.popular(), 1)).toEqual(['rock-1']);
  });

  it('have scores in descending order that add up to 1', () => {
    const scores = [...worlds().forUser('both-3', { kindOf })].flatMap(({ score }) =>
      score === undefined ? [] : [score],
    );
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1);
  });

  it('weigh event types as a solution does', () => {
    const model = worlds();
    for (let i = 0; i < 5; i++) model.record({ user: 'x', item: `rock-${i}`, type: 'LIKE', atMs: start + i });
    for (let i = 0; i < 5; i++) model.record({ user: 'x', item: `jazz-${i}`, type: 'PLAY', atMs: start + i });
    expect(worldOf(forUser(model, 'x', { factor: (type) => (type === 'play' ? 1 : 0) }))).toEqual(
      new Set(['jazz']),
    );
  });
});

describe('similar items', () => {
  it('are liked by those who like the item', () => {
    const model = worlds();
    const found = top(model.similarTo('jazz-4'));
    expect(worldOf(found)).toEqual(new Set(['jazz']));
    expect(found).not.toContain('jazz-4');
  });

  it('are the popular ones for an item nobody knows', () => {
    const model = worlds();
    expect(top(model.similarTo('unheard'))).toEqual(top(model.popular()));
  });
});

describe('a ranking', () => {
  it('is in the order of the user, unknown items last', () => {
    const ranked = worlds().rank('rocker-1', ['unheard', 'jazz-1', 'rock-1', 'rock-2']);
    expect(
      ranked
        .slice(0, 2)
        .map(({ item }) => item)
        .sort(),
    ).toEqual(['rock-1', 'rock-2']);
    expect(ranked.at(-1)).toEqual({ item: 'unheard', score: 0 });
  });
});

describe('the model', () => {
  it('gives the same answers after a snapshot, and after the same further events', () => {
    const model = worlds();
    const restored = new Recommender();
    for (const entry of model.snapshot()) restored.restore(JSON.parse(JSON.stringify(entry)) as ModelEntry);
    for (const one of [model, restored]) {
      one.record({ user: 'rocker-1', item: 'jazz-7', type: 'LIKE', atMs: start + day });
      one.record({ user: 'late', item: 'news-2', type: 'FINISH', atMs: start + day });
    }
    for (const user of ['rocker-1', 'both-2', 'late', 'nobody']) {
      expect([...restored.forUser(user, { kindOf })]).toEqual([...model.forUser(user, { kindOf })]);
    }
    expect([...restored.similarTo('news-2')]).toEqual([...model.similarTo('news-2')]);
  });

  it('keeps a bounded number of neighbours an item, the strongest', () => {
    const model = new Recommender();
    for (let user = 0; user < 1_000; user++) {
      model.record({ user: `user-${user}`, item: 'hit', type: 'PLAY', atMs: start });
      model.record({ user: `user-${user}`, item: `single-${user}`, type: 'PLAY', atMs: start });
      model.record({ user: `user-${user}`, item: 'other hit', type: 'PLAY', atMs: start });
    }
    const rows = [...model.snapshot()].flatMap((entry) => ('row' in entry ? [entry.row] : []));
    expect(Math.max(...rows.map(({ neighbours }) => neighbours.length / 2))).toBeLessThanOrEqual(256);
    expect(top(model.similarTo('hit'), 1)).toEqual(['other hit']);
  });

  it('keeps the last 100 items of a user by event type', () => {
    const model = new Recommender();
    for (let i = 0; i < 150; i++) model.record({ user: 'u', item: `i-${i}`, type: 'Play', atMs: start + i });
    model.record({ user: 'u', item: 'i-3', type: 'SKIP', atMs: start });
    const played = model.interactedWith('u', new Set(['play']));
    expect(played.size).toBe(100);
    expect(played.has('i-149') && !played.has('i-49')).toBe(true);
    expect(model.interactedWith('u', new Set(['skip']))).toEqual(new Set(['i-3']));
    expect(model.interactedWith('u', new Set(['*'])).size).toBe(101);
  });
});

describe('calibration', () => {
  const ranked = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2', 'c1'];
  const kind = (item: string) => item.charAt(0);

  it('keeps the shares in every beginning, and the order within a kind', () => {
    const order = [
      ...calibrated(
        ranked,
        kind,
        new Map([
          ['a', 3],
          ['b', 1],
        ]),
      ),
    ];
    expect(order.slice(0, 4).sort()).toEqual(['a1', 'a2', 'a3', 'b1']);
    expect(order.at(-1)).toBe('c1');
    expect(order.filter((item) => item.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
    expect(order).toHaveLength(ranked.length);
  });
});
