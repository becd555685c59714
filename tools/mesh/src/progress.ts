/**
 * Shows where a long step is: one line that is written over in a terminal; without one, a line every few seconds and
 * only where something changed, so that a log stays readable.
 */
export class Progress {
  static readonly #everyMs = { terminal: 100, log: 5_000 };
  readonly #out: NodeJS.WriteStream;
  #shownAt = 0;
  #shown = '';

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  show(line: string): void {
    const every = this.#out.isTTY ? Progress.#everyMs.terminal : Progress.#everyMs.log;
    if (line === this.#shown || Date.now() - this.#shownAt < every) return;
    this.#shownAt = Date.now();
    this.#shown = line;
    this.#out.write(this.#out.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  /** A line that stays; the passing one makes room for it. */
  print(line: string): void {
    if (this.#out.isTTY && this.#shown !== '') this.#out.write('\r\u001b[2K');
    this.#shown = '';
    this.#out.write(`${line}\n`);
  }
}
