import { invalid } from '../values.js';

/** `name` is an attribute or a keyword, `#x` a name's and `:x` a value's placeholder, the rest stands for itself. */
export interface Token {
  readonly kind: 'name' | 'placeholder' | 'value' | 'index' | 'symbol';
  readonly text: string;
}

const TOKEN =
  /\s*(?:(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|\[(\d+)\]|([A-Za-z_][A-Za-z0-9_]*)|(<>|<=|>=|[=<>(),.+-]))/y;

/** @param label as AWS has it, `ConditionExpression` */
export function tokenize(expression: string, label: string): Token[] {
  const tokens: Token[] = [];
  const text = expression.trimEnd();
  if (text === '') throw invalid(`Invalid ${label}: The expression can not be empty;`);
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw syntaxError(label, text.slice(start).trim().slice(0, 1));
    const [, placeholder, value, index, name, symbol] = match;
    if (placeholder !== undefined) tokens.push({ kind: 'placeholder', text: placeholder });
    else if (value !== undefined) tokens.push({ kind: 'value', text: value });
    else if (index !== undefined) tokens.push({ kind: 'index', text: index });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'symbol', text: symbol ?? '' });
  }
  return tokens;
}

export function syntaxError(label: string, near: string): Error {
  return invalid(`Invalid ${label}: Syntax error; token: "${near === '' ? '<EOF>' : near}"`);
}
