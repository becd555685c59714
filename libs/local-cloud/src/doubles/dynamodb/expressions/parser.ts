import { invalid, type AttributeValue, type Item } from '../values.js';
import { reservedWords } from './reserved-words.js';
import { syntaxError, tokenize, type Token } from './tokens.js';

/** Where a value is in an item: names, and indexes into lists. */
export type Path = readonly [string, ...(string | number)[]];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: AttributeValue }
  | { readonly kind: 'size'; readonly path: Path };

/** What the placeholders of a request's expressions stand for; remembers which were used. */
export class Placeholders {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Item;
  readonly #used = new Set<string>();

  constructor(names: Readonly<Record<string, string>> = {}, values: Item = {}) {
    this.#names = names;
    this.#values = values;
  }

  name(placeholder: string, label: string): string {
    this.#used.add(placeholder);
    const name = this.#names[placeholder];
    if (name !== undefined) return name;
    throw invalid(
      `Invalid ${label}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
    );
  }

  value(placeholder: string, label: string): AttributeValue {
    this.#used.add(placeholder);
    const value = this.#values[placeholder];
    if (value !== undefined) return value;
    throw invalid(
      `Invalid ${label}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
    );
  }

  /** @throws ModelledError where one was given and no expression has it */
  ensureAllUsed(): void {
    for (const [what, given] of [
      ['ExpressionAttributeNames', this.#names],
      ['ExpressionAttributeValues', this.#values],
    ] as const) {
      const unused = Object.keys(given).filter((name) => !this.#used.has(name));
      if (unused.length > 0) {
        throw invalid(`Value provided in ${what} unused in expressions: keys: {${unused.join(', ')}}`);
      }
    }
  }
}

/** Reads an expression's tokens: what the grammars of conditions, updates and projections share. */
export class Parser {
  readonly label: string;
  readonly #tokens: readonly Token[];
  readonly #placeholders: Placeholders;
  #at = 0;

  constructor(expression: string, label: string, placeholders: Placeholders) {
    this.label = label;
    this.#tokens = tokenize(expression, label);
    this.#placeholders = placeholders;
  }

  get done(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** The next token when it is this keyword (in any case) or symbol; then it is taken. */
  take(text: string): boolean {
    const token = this.#tokens[this.#at];
    const same = token?.kind === 'name' ? token.text.toUpperCase() === text : token?.text === text;
    if (!same) return false;
    this.#at += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected();
  }

  /** A function's name, when it is followed by its arguments; the parenthesis is taken too. */
  takeFunction(): string | undefined {
    const [name, parenthesis] = [this.#tokens[this.#at], this.#tokens[this.#at + 1]];
    if (name?.kind !== 'name' || parenthesis?.text !== '(' || /^(AND|OR|NOT|IN)$/i.test(name.text)) {
      return undefined;
    }
    this.#at += 2;
    return name.text;
  }

  path(): Path {
    const path: [string, ...(string | number)[]] = [this.#name()];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind === 'index') {
        path.push(Number(token.text));
        this.#at += 1;
      } else if (this.take('.')) path.push(this.#name());
      else return path;
    }
  }

  /** A `:value`, or undefined where something else comes. */
  takeValue(): AttributeValue | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'value') return undefined;
    this.#at += 1;
    return this.#placeholders.value(token.text, this.label);
  }

  value(): AttributeValue {
    const value = this.takeValue();
    if (value === undefined) throw this.unexpected();
    return value;
  }

  end(): void {
    if (!this.done) throw this.unexpected();
  }

  unexpected(): Error {
    return syntaxError(this.label, this.#tokens[this.#at]?.text ?? '');
  }

  #name(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined || (token.kind !== 'name' && token.kind !== 'placeholder'))
      throw this.unexpected();
    this.#at += 1;
    if (token.kind === 'placeholder') return this.#placeholders.name(token.text, this.label);
    if (reservedWords.has(token.text.toUpperCase())) {
      throw invalid(
        `Invalid ${this.label}: Attribute name is a reserved keyword; reserved keyword: ${token.text}`,
      );
    }
    return token.text;
  }
}

/** The value at a path; undefined where there is none. */
export function valueAt(item: Item | undefined, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = item === undefined ? undefined : { M: item };
  for (const step of path) {
    if (value === undefined) return undefined;
    if (typeof step === 'number') value = value.L?.[step];
    else value = value.M !== undefined && Object.hasOwn(value.M, step) ? value.M[step] : undefined;
  }
  return value;
}
