import { invalidInput } from '../errors.js';

export type Operator = 'IN' | 'NOT IN' | '=' | '<' | '<=' | '>' | '>=';

/** What a field is compared with: values, a `$PARAMETER` of the request, or a field of the item asked about. */
export type Operand =
  | { readonly values: readonly (string | number)[] }
  | { readonly parameter: string }
  | { readonly currentItemField: string };

export interface Condition {
  readonly dataset: 'Interactions' | 'Items' | 'CurrentUser';
  readonly field: string;
  readonly operator: Operator;
  readonly operand: Operand;
}

/** One expression of a filter; several are chained by `|`, each applied to what the one before left. */
export interface Expression {
  readonly action: 'INCLUDE' | 'EXCLUDE';
  /** Any of these groups must hold, and in a group every condition. */
  readonly anyOf: readonly (readonly Condition[])[];
  /** `IF`: conditions on the user without which the expression does nothing. */
  readonly onlyIf: readonly Condition[];
}

const token =
  /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?)|(<=|>=|[()|,=<>])|(\$?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?))\s*/y;

/**
 * Reads a filter expression
 * (https://docs.aws.amazon.com/personalize/latest/dg/filter-expressions.html):
 *
 *     expression  INCLUDE|EXCLUDE ItemID WHERE condition {AND|OR condition} [IF condition {AND condition}]
 *     condition   Dataset.FIELD [NOT] IN (value, …) | Dataset.FIELD =|<|<=|>|>= value
 *     value       "text" | number | $PARAMETER
 *
 * Item and interaction conditions cannot be mixed in one expression, and `$PARAMETER` cannot stand after NOT IN.
 *
 * @throws ModelledError `InvalidInputException`
 */
export function parseFilter(text: string): readonly Expression[] {
  const parser = new Parser(text);
  const expressions = [parser.expression()];
  while (parser.takes('|')) expressions.push(parser.expression());
  parser.end();
  return expressions;
}

class Parser {
  readonly #text: string;
  readonly #tokens: { readonly text: string; readonly at: number }[] = [];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    for (let at = 0; at < text.length; at = token.lastIndex) {
      token.lastIndex = at;
      const match = token.exec(text);
      if (!match)
        throw invalidInput(`Invalid filter expression at position ${at}: "${text.slice(at, at + 30)}"`);
      this.#tokens.push({ text: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '', at });
    }
  }

  expression(): Expression {
    const action = this.#one('INCLUDE', 'EXCLUDE') as Expression['action'];
    this.#one('ItemID', 'ItemId');
    this.#one('WHERE');
    const anyOf: Condition[][] = [[this.#condition()]];
    for (;;) {
      if (this.takes('AND')) anyOf.at(-1)?.push(this.#condition());
      else if (this.takes('OR')) anyOf.push([this.#condition()]);
      else break;
    }
    const datasets = new Set(anyOf.flat().map(({ dataset }) => dataset));
    if (datasets.has('Interactions') && datasets.has('Items')) {
      throw invalidInput('Interactions and Items cannot be used in one expression: chain two with |');
    }
    const onlyIf: Condition[] = [];
    if (this.takes('IF')) {
      do onlyIf.push(this.#condition());
      while (this.takes('AND'));
      if (onlyIf.some(({ dataset }) => dataset !== 'CurrentUser'))
        throw invalidInput('IF takes conditions on CurrentUser only');
    }
    return { action, anyOf, onlyIf };
  }

  takes(text: string): boolean {
    if (this.#tokens[this.#next]?.text !== text) return false;
    this.#next += 1;
    return true;
  }

  end(): void {
    if (this.#next < this.#tokens.length) this.#fail('the end');
  }

  #condition(): Condition {
    const [dataset, field] = this.#take('a field as Items.GENRE', (text) =>
      /^[A-Za-z]\w*\.\w+$/.test(text),
    ).split('.');
    if (!field || (dataset !== 'Interactions' && dataset !== 'Items' && dataset !== 'CurrentUser')) {
      throw invalidInput(`${dataset}.${field}: a field of Interactions, Items or CurrentUser is needed`);
    }
    if (dataset === 'Interactions' && field !== 'EVENT_TYPE') {
      throw invalidInput(`Interactions.${field}: interactions can be filtered by EVENT_TYPE only`);
    }
    const operator = this.#operator();
    const operand = operator === 'IN' || operator === 'NOT IN' ? this.#list() : this.#value();
    if (operator === 'NOT IN' && 'parameter' in operand) {
      throw invalidInput(
        'placeholder parameters cannot be used with NOT IN: use IN with the opposite action',
      );
    }
    return { dataset, field, operator, operand };
  }

  #operator(): Operator {
    const word = this.#one('IN', 'NOT', '=', '<', '<=', '>', '>=');
    if (word !== 'NOT') return word as Operator;
    this.#one('IN');
    return 'NOT IN';
  }

  #list(): Operand {
    const field = this.#currentItem();
    if (field) return field;
    this.#one('(');
    const operands = [this.#value()];
    while (this.takes(',')) operands.push(this.#value());
    this.#one(')');
    const [first] = operands;
    if (operands.length === 1 && first && !('values' in first)) return first;
    return {
      values: operands.flatMap((operand) => {
        if ('values' in operand) return operand.values;
        throw invalidInput('a placeholder parameter must be the only member of a list');
      }),
    };
  }

  #value(): Operand {
    const field = this.#currentItem();
    if (field) return field;
    // Numbers may stand in parentheses too, as in AWS's own examples.
    if (this.takes('(')) {
      const operand = this.#value();
      this.#one(')');
      return operand;
    }
    const text = this.#take('a value', (one) => /^["$\d-]/.test(one));
    if (text.startsWith('$')) return { parameter: text.slice(1) };
    return { values: [text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : Number(text)] };
  }

  #currentItem(): Operand | undefined {
    const text = this.#tokens[this.#next]?.text ?? '';
    if (!text.startsWith('CurrentItem.')) return undefined;
    this.#next += 1;
    return { currentItemField: text.slice('CurrentItem.'.length) };
  }

  #one(...texts: readonly string[]): string {
    return this.#take(texts.join(' or '), (text) => texts.includes(text));
  }

  #take(wanted: string, fits: (text: string) => boolean): string {
    const text = this.#tokens[this.#next]?.text;
    if (text === undefined || !fits(text)) this.#fail(wanted);
    this.#next += 1;
    return text ?? '';
  }

  #fail(wanted: string): never {
    const found = this.#tokens[this.#next];
    const where = found ? `"${found.text}" at position ${found.at}` : `the end of "${this.#text}"`;
    throw invalidInput(`Invalid filter expression: ${wanted} was expected, not ${where}`);
  }
}
