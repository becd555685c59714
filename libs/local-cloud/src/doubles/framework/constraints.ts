import { DoublesError } from './errors.js';
import type { Shape } from './model.js';
import type { Violation } from './violations.js';

/** Adds what is violated by a value of the right type. */
export type Check<T> = (value: T, violations: Violation[]) => void;

/**
 * The constraints of a string shape. Lengths count Unicode code points, as Smithy's `length` trait says
 * (https://smithy.io/2.0/spec/constraint-traits.html#length-trait); a pattern must match the whole value, which is
 * what AWS's services do though a client library would only search.
 */
export function stringCheck(name: string, shape: Shape): Check<string> | undefined {
  const checks: Check<string>[] = [];
  const { min, max } = shape;
  if (min !== undefined || max !== undefined) {
    const least = min ?? 0;
    const most = max ?? Number.POSITIVE_INFINITY;
    checks.push((value, violations) => {
      let length = value.length;
      // A code point outside the basic plane takes two units: counted only where it could matter.
      if (length > most || length < 2 * least) length = codePoints(value);
      if (length < least) violations.push(lengthViolation('greater', least, value));
      else if (length > most) violations.push(lengthViolation('less', most, value));
    });
  }
  if (shape.pattern !== undefined) {
    const source = shape.pattern;
    const pattern = compilePattern(name, source);
    checks.push((value, violations) => {
      if (pattern.test(value)) return;
      const constraint = `Member must satisfy regular expression pattern: ${source}`;
      violations.push({ path: '', kind: 'pattern', constraint, value });
    });
  }
  if (shape.enum !== undefined) {
    const allowed = new Set(shape.enum);
    const constraint = `Member must satisfy enum value set: [${shape.enum.join(', ')}]`;
    checks.push((value, violations) => {
      if (!allowed.has(value)) violations.push({ path: '', kind: 'enum', constraint, value });
    });
  }
  return sequence(checks);
}

/** The length constraint of a blob (in bytes), a list or a map (in entries). */
export function lengthCheck(
  shape: Shape,
): ((length: number, value: unknown, violations: Violation[]) => void) | undefined {
  const { min, max } = shape;
  if (min === undefined && max === undefined) return undefined;
  const least = min ?? 0;
  const most = max ?? Number.POSITIVE_INFINITY;
  return (length, value, violations) => {
    if (length < least) violations.push(lengthViolation('greater', least, value));
    else if (length > most) violations.push(lengthViolation('less', most, value));
  };
}

/** The range of a number shape. */
export function rangeCheck(shape: Shape): Check<number> | undefined {
  const { min, max } = shape;
  if (min === undefined && max === undefined) return undefined;
  return (value, violations) => {
    if (min !== undefined && value < min) {
      const constraint = `Member must have value greater than or equal to ${min}`;
      violations.push({ path: '', kind: 'range', constraint, value });
    } else if (max !== undefined && value > max) {
      const constraint = `Member must have value less than or equal to ${max}`;
      violations.push({ path: '', kind: 'range', constraint, value });
    }
  };
}

function lengthViolation(than: 'less' | 'greater', bound: number, value: unknown): Violation {
  return {
    path: '',
    kind: 'length',
    constraint: `Member must have length ${than} than or equal to ${bound}`,
    value,
  };
}

function codePoints(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) i++;
    }
    count++;
  }
  return count;
}

function sequence<T>(checks: readonly Check<T>[]): Check<T> | undefined {
  const [first, second, third] = checks;
  if (first === undefined) return undefined;
  if (second === undefined) return first;
  return (value, violations) => {
    first(value, violations);
    second(value, violations);
    third?.(value, violations);
  };
}

/**
 * AWS's patterns are Java's. They mostly mean the same here in Unicode mode, some only without it. The dot matches
 * line ends too: `.*\S.*` is the pattern of a Glue schema's definition, and Glue takes definitions of many lines.
 */
export function compilePattern(name: string, source: string): RegExp {
  const whole = `^(?:${source})$`;
  try {
    return new RegExp(whole, 'us');
  } catch {
    // Not valid in Unicode mode, as an escaped hyphen outside a class: the older syntax takes it.
  }
  try {
    return new RegExp(whole, 's');
  } catch (cause) {
    throw new DoublesError(
      'MESH_DOUBLES_MODEL_INVALID',
      `the pattern of the shape ${name} cannot be compiled: ${source}`,
      { cause },
    );
  }
}
