import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';
import type { Instance } from './instances.js';
import type { Random } from './random.js';

export const faultKinds = [
  'instance killed',
  'instance stopped and resumed',
  'broker killed',
  'broker restarted',
  'instances rolled',
  'brokers rolled',
  'network slow',
  'connections cut',
  'instance cut off',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** What was done, and what was processed around it. */
export interface FaultReport {
  readonly number: number;
  readonly kind: FaultKind;
  readonly target: string;
  readonly seconds: number;
  /** Records processed since the fault before. */
  readonly before: number;
  /** While the fault lasted: what one broker's failure leaves possible. */
  readonly during: number;
  /** From the fault's end until all instances run again. */
  readonly after: number;
  readonly recoverySeconds: number;
}

export interface FaultsOptions {
  readonly cluster: Cluster;
  readonly instances: readonly Instance[];
  readonly random: Random;
  readonly sessionTimeoutMs: number;
  readonly say: (line: string) => void;
}

/** Records that show that an application is at work, each time. */
const AT_WORK = 20;
const RECOVERY_MS = 180_000;

/** Draws faults and has them happen one after the other, each in the middle of work. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #reports: FaultReport[] = [];

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  get reports(): readonly FaultReport[] {
    return this.#reports;
  }

  get processed(): number {
    return this.#options.instances.reduce((sum, { processed }) => sum + processed, 0);
  }

  /**
   * Waits for work to be under way, and has the next fault happen; it is over when all instances run and process.
   * @throws Error where they do not in three minutes
   */
  async next(): Promise<FaultReport> {
    const { random, say } = this.#options;
    const number = this.#reports.length + 1;
    const kind = this.#draw(number);
    const before = await this.untilAtWork();
    await sleep(random.integer(0, 400));
    const started = Date.now();
    const processed = this.processed;
    const target = await this.#happen(kind);
    const ended = Date.now();
    const during = this.processed - processed;
    const after = await this.untilAtWork();
    const report = {
      number,
      kind,
      target,
      seconds: (ended - started) / 1_000,
      before,
      during,
      after,
      recoverySeconds: (Date.now() - ended) / 1_000,
    };
    this.#reports.push(report);
    say(
      `${number}. ${kind} (${target}): ${before} records before, ${during} in ${report.seconds.toFixed(1)} s, ` +
        `${after} after, in ${report.recoverySeconds.toFixed(1)} s`,
    );
    return report;
  }

  /** Waits until all instances run and some records more were processed. @returns how many */
  async untilAtWork(): Promise<number> {
    const { instances } = this.#options;
    const deadline = Date.now() + RECOVERY_MS;
    const start = this.processed;
    while (this.processed < start + AT_WORK || instances.some(({ state }) => state !== 'RUNNING')) {
      if (Date.now() > deadline) {
        const states = instances.map(({ name, state }) => `${name} is ${state}`).join(', ');
        throw new Error(
          `${this.processed - start} records were processed in ${RECOVERY_MS / 1_000} s: ${states}`,
        );
      }
      await sleep(50);
    }
    return this.processed - start;
  }

  /** All kinds take their turn, in an order that is drawn anew each time. */
  readonly #bag: FaultKind[] = [];

  #draw(_number: number): FaultKind {
    const { random } = this.#options;
    if (this.#bag.length === 0) {
      this.#bag.push(...faultKinds);
      for (let at = this.#bag.length - 1; at > 0; at -= 1) {
        const other = random.integer(0, at);
        [this.#bag[at], this.#bag[other]] = [this.#bag[other] as FaultKind, this.#bag[at] as FaultKind];
      }
    }
    return this.#bag.pop() ?? faultKinds[0];
  }

  /** @returns to whom */
  async #happen(kind: FaultKind): Promise<string> {
    const { cluster, instances, random, sessionTimeoutMs } = this.#options;
    const which = random.integer(0, instances.length - 1);
    const instance = instances[which] as Instance;
    const proxies = cluster.proxies[which] ?? [];
    const at = random.integer(0, cluster.server.brokers.length - 1);
    const broker = cluster.server.brokers[at];
    if (broker === undefined) throw new RangeError('a cluster has brokers');
    switch (kind) {
      case 'instance killed':
        await instance.kill();
        await sleep(random.integer(0, 2_000));
        instance.start();
        return instance.name;
      case 'instance stopped and resumed':
        instance.suspend();
        await sleep(sessionTimeoutMs + random.integer(1_000, 4_000));
        instance.resume();
        return instance.name;
      case 'broker killed':
        await broker.kill();
        await sleep(random.integer(2_000, 6_000));
        await this.#bringBack(at);
        return `broker ${broker.id}`;
      case 'broker restarted':
        await broker.stop();
        await sleep(random.integer(0, 3_000));
        await this.#bringBack(at);
        return `broker ${broker.id}`;
      case 'instances rolled':
        for (const each of instances) {
          await each.stop();
          each.start();
          await this.untilAtWork();
        }
        return 'all';
      case 'brokers rolled':
        for (const index of cluster.server.brokers.keys()) {
          await cluster.server.brokers[index]?.stop();
          await this.#bringBack(index);
        }
        return 'all';
      case 'network slow': {
        const delay = random.integer(100, 800);
        for (const proxy of proxies) proxy.slow(delay);
        await sleep(random.integer(3_000, 6_000));
        for (const proxy of proxies) proxy.slow(0);
        return `${instance.name}, ${delay} ms each way`;
      }
      case 'connections cut':
        for (const proxy of random.chance(0.5) ? proxies : [proxies[at]]) proxy?.cut();
        return `${instance.name}`;
      case 'instance cut off': {
        // From one broker, or from all for longer than the group waits: it lives, and is given up.
        const fromAll = random.chance(0.5);
        const away = fromAll ? proxies : proxies.filter((_proxy, index) => index === at);
        for (const proxy of away) proxy.close();
        await sleep(sessionTimeoutMs + random.integer(0, 3_000));
        for (const proxy of away) proxy.open();
        return `${instance.name}, from ${fromAll ? 'all brokers' : `broker ${broker.id}`}`;
      }
    }
  }

  /** Starts a broker and waits until its replicas are in sync: with one more broker gone, topics could not be written. */
  async #bringBack(index: number): Promise<void> {
    const { cluster } = this.#options;
    await cluster.server.brokers[index]?.restart();
    await cluster.untilInSync();
  }
}
