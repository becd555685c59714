import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The promises of a run: each is checked once, printed with what was seen, and counted. */
export class Checks {
  readonly #print: (line: string) => void;
  #passed = 0;
  #failed = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** @param seen what was found, so that a failure can be understood from the output alone */
  check(promise: string, held: boolean, seen: string): void {
    if (held) this.#passed += 1;
    else this.#failed += 1;
    this.#print(`${held ? ' ok ' : 'FAIL'}  ${promise} (${seen})`);
  }

  get allHeld(): boolean {
    return this.#failed === 0;
  }

  /** Leaves the totals where whoever runs several steps adds them up. */
  report(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ passed: this.#passed, failed: this.#failed, skipped: 0 }));
  }
}
