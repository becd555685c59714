/**
 * A number as DynamoDB keeps it: `digits` × 10^`exponent`, exact, up to 38 significant digits.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const MAX_DIGITS = 38;

/** Undefined where the text is no number, or one outside of what DynamoDB keeps. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = FORM.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction);
  const decimal = normalised(sign === '-' ? -magnitude : magnitude, Number(exponent) - fraction.length);
  return inRange(decimal) ? decimal : undefined;
}

/** 1.0, 1 and 10e-1 are written alike. */
export function formatDecimal({ digits, exponent }: Decimal): string {
  const negative = digits < 0n;
  let text = (negative ? -digits : digits).toString();
  if (exponent >= 0) text += '0'.repeat(exponent);
  else {
    text = text.padStart(1 - exponent, '0');
    text = `${text.slice(0, exponent)}.${text.slice(exponent)}`;
  }
  return negative ? `-${text}` : text;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `factor` is 1 to add and −1 to subtract. Undefined where the result has more digits than DynamoDB keeps. */
export function addDecimals(a: Decimal, b: Decimal, factor: 1n | -1n): Decimal | undefined {
  const [left, right] = aligned(a, b);
  const sum = normalised(left + factor * right, Math.min(a.exponent, b.exponent));
  return inRange(sum) ? sum : undefined;
}

function normalised(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  let [rest, zeros] = [digits, exponent];
  while (rest % 10n === 0n) {
    rest /= 10n;
    zeros += 1;
  }
  return { digits: rest, exponent: zeros };
}

function inRange({ digits, exponent }: Decimal): boolean {
  const length = (digits < 0n ? -digits : digits).toString().length;
  const magnitude = length + exponent - 1;
  return digits === 0n || (length <= MAX_DIGITS && magnitude <= 125 && magnitude >= -130);
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint] {
  const exponent = Math.min(a.exponent, b.exponent);
  const scale = (value: Decimal) => value.digits * 10n ** BigInt(value.exponent - exponent);
  return [scale(a), scale(b)];
}
