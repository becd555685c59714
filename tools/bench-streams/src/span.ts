import { readFileSync } from 'node:fs';
import type { Measurement } from './settings.js';

const WARM_UP_SHARE = 0.2;

/** The measured part of a run: from a fifth of its steps to all of them. */
export class Span {
  readonly #total: number;
  readonly #perRecord: number;
  #first = 0;
  #begun = false;
  // Where a run is over before it is looked at, all of it counts.
  #beganAt = performance.now();
  #beganCpu = cpuSeconds();
  #result: Measurement | undefined;

  constructor({ steps, stepsPerRecord }: { readonly steps: number; readonly stepsPerRecord: number }) {
    this.#total = steps;
    this.#perRecord = stepsPerRecord;
  }

  /** @returns whether all is done */
  at(done: number): boolean {
    if (!this.#begun && done > this.#total * WARM_UP_SHARE && done < this.#total) {
      this.#begun = true;
      this.#first = done;
      this.#beganAt = performance.now();
      this.#beganCpu = cpuSeconds();
    }
    if (done < this.#total) return false;
    const seconds = (performance.now() - this.#beganAt) / 1_000;
    const records = (done - this.#first) / this.#perRecord;
    this.#result = {
      recordsPerSecond: records / seconds,
      cpuSecondsPerMillion: ((cpuSeconds() - this.#beganCpu) / records) * 1e6,
      rssMiB: peakMiB(),
      seconds,
    };
    return true;
  }

  get measurement(): Measurement {
    if (this.#result === undefined) throw new TypeError('the run is not over');
    return this.#result;
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** As the kernel counts it; what the process itself reports is in the same unit, where there is no such file. */
function peakMiB(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return Number(kilobytes) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
