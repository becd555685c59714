import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DYING, type Order, type Point } from './points.js';

interface Line {
  readonly msg?: string;
  readonly url?: string;
  readonly point?: Point;
}

export interface InstancesOptions {
  readonly app: string;
  readonly env: Readonly<Record<string, string>>;
  readonly count: number;
  readonly onKilled: (point: Point) => void;
}

const root = new URL('../../../', import.meta.url);
const main = (app: string): string => fileURLToPath(new URL(`apps/${app}/dist/main.js`, root));
const FAILPOINTS = new URL('./failpoints.js', import.meta.url).href;
const START_TIMEOUT_MS = 120_000;

/** Instances of a service, each started again whenever it dies. */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #slots: { child: ChildProcess | undefined; url: string | undefined }[] = [];
  readonly #unexpected: string[] = [];
  #order: Order = {};
  #stopping = false;

  constructor(options: InstancesOptions) {
    this.#options = options;
    for (let slot = 0; slot < options.count; slot++) this.#slots.push({ child: undefined, url: undefined });
  }

  /** Ends that nobody had ordered, with what was logged last. */
  get unexpected(): readonly string[] {
    return this.#unexpected;
  }

  /** Those that answer requests. */
  get urls(): readonly string[] {
    return this.#slots.flatMap(({ url }) => url ?? []);
  }

  async start(): Promise<void> {
    for (const slot of this.#slots.keys()) this.#spawn(slot);
    await this.allUp();
  }

  async allUp(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (this.urls.length < this.#slots.length) {
      if (Date.now() > deadline) throw new Error(`not all instances of ${this.#options.app} are up`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** For all instances: the first that comes to the point dies, and the order is withdrawn from the others. */
  order(order: Order): void {
    this.#order = order;
    for (const { child } of this.#slots) if (child?.connected === true) child.send(order);
  }

  async stop(): Promise<readonly (number | null)[]> {
    this.#stopping = true;
    return Promise.all(
      this.#slots.map(async ({ child }) => {
        if (child === undefined) return null;
        const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        return ended;
      }),
    );
  }

  #spawn(number: number): void {
    const { app, env, onKilled } = this.#options;
    const slot = this.#slots[number];
    if (slot === undefined) return;
    const child = spawn(process.execPath, ['--enable-source-maps', '--import', FAILPOINTS, main(app)], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    slot.child = child;
    const tail: string[] = [];
    let point: Point | undefined;
    createInterface({ input: child.stdout ?? Readable.from([]) }).on('line', (text) => {
      tail.push(text);
      if (tail.length > 20) tail.shift();
      const line = JSON.parse(text) as Line;
      if (line.msg === 'listening') {
        slot.url = line.url;
        child.send(this.#order);
      }
      if (line.msg === DYING) point = line.point;
    });
    child.once('exit', () => {
      slot.url = undefined;
    });
    child.once('close', (status, signal) => {
      if (this.#stopping) return;
      if (point !== undefined) {
        this.order({});
        onKilled(point);
      } else if (signal !== 'SIGKILL') {
        this.#unexpected.push(`${app} ended with ${status ?? signal}:\n${tail.join('\n')}`);
      }
      this.#spawn(number);
    });
  }
}
