import { until } from '@mesh/jest/until.mjs';
import { readTopic, startTestMesh } from '@mesh/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { account, type Account } from './account.js';
import { Instances } from './instances.js';
import { points, type Point } from './points.js';
import type { Subject } from './subjects.js';
import { writeAll } from './writers.js';

export interface ProofOptions {
  readonly subject: Subject;
  readonly kills: number;
  readonly writes: number;
  readonly say: (line: string) => void;
}

export interface Proof extends Account {
  readonly kills: Readonly<Record<Point, number>>;
  /** Kills with writes confirmed both before and after it. */
  readonly midWork: number;
  /** Processes that ended by themselves. */
  readonly crashes: readonly string[];
}

const INSTANCES = 2;
const CONCURRENCY = 12;
/** Versions of an aggregate, roughly. */
const VERSIONS = 40;
/** Passes over a point before the kill: not always the first. */
const MOST_PASSES = 3;
const PATIENCE_MS = 3_000;

/**
 * Writes through two instances of a service and kills one at a named point, again and again, the points taking turns.
 * Then waits until the outbox is empty, reads the topic as consumers do, and accounts for every write.
 */
export async function prove({ subject, kills, writes, say }: ProofOptions): Promise<Proof> {
  say('starting Kafka, the schema registry and the database');
  const mesh = await startTestMesh({ postgres: true, dynamoDb: true });
  const counts = Object.fromEntries(points.map((point) => [point, 0])) as Record<Point, number>;
  let killed = 0;
  let confirmed = 0;
  let finished = false;
  /** Each kill has its share of the writes, and so has the time after the last. */
  let quota = 0;
  const killedAt: number[] = [];
  const instances = new Instances({
    app: subject.app,
    count: INSTANCES,
    env: { ...mesh.env, ...subject.env, LOG_LEVEL: 'info', OUTBOX_LEASE_MS: '1000' },
    onKilled: (point) => {
      counts[point] += 1;
      killed += 1;
      killedAt.push(confirmed);
    },
  });
  try {
    await subject.provision(mesh);
    await instances.start();
    const killing = (async () => {
      for (let turn = 0; killed < kills && !finished; turn++) {
        await instances.allUp();
        const before = killed;
        const point = points[turn % points.length] ?? 'after-commit';
        const done = (): boolean => killed > before || finished;
        instances.order({ point, after: 1 + (turn % MOST_PASSES) });
        // Only now, so that there is work on the way to the point.
        quota = Math.max(quota, Math.ceil((writes * (before + 1)) / (kills + 1)));
        while (!(await within(PATIENCE_MS, done))) {
          // Batches were so large that there were too few of them.
          instances.order({ point });
          quota += CONCURRENCY;
        }
        say(`killed ${killed} of ${kills} (${point}); ${confirmed} of ${writes} writes confirmed`);
      }
      quota = writes;
    })();
    const writing = writeAll({
      subject,
      instances,
      writes,
      aggregates: Math.max(CONCURRENCY * 2, Math.round(writes / VERSIONS)),
      concurrency: CONCURRENCY,
      allowed: () => quota,
      onWrite: (total) => {
        confirmed = total;
      },
    }).finally(() => {
      finished = true;
    });
    const [written] = await Promise.all([writing, killing]);
    await instances.allUp();
    say('waiting until the topic has all');
    let result = account(written, []);
    await until(
      'everything is in the topic',
      async () => {
        result = account(written, await readTopic(mesh.client, subject.topic));
        return result.lost.length === 0;
      },
      60_000,
    ).catch((error: unknown) => say(String(error)));
    return {
      ...result,
      kills: counts,
      midWork: killedAt.filter((at) => at > 0 && at < confirmed).length,
      crashes: instances.unexpected,
    };
  } finally {
    await instances.stop();
    await mesh.stop();
  }
}

async function within(ms: number, condition: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + ms; !condition(); await sleep(10)) {
    if (Date.now() > deadline) return false;
  }
  return true;
}
