import type { Reads } from './nodes.js';

type AnyFunction = (...args: never[]) => unknown;

/** Which of its arguments a function of `(key, value, …)` looks at. */
export function readsKeyValue(fn: AnyFunction): Reads {
  const declared = declaredParameters(fn);
  return { key: declared >= 1, value: declared >= 2 };
}

/** Which of its arguments a function of `(value, key, …)` looks at. */
export function readsValueKey(fn: AnyFunction): Reads {
  const declared = declaredParameters(fn);
  return { key: declared >= 2, value: declared >= 1 };
}

/** Which of its arguments a function of `(topic, key, value, …)` looks at. */
export function readsTopicKeyValue(fn: AnyFunction): Reads {
  const declared = declaredParameters(fn);
  return { key: declared >= 2, value: declared >= 3 };
}

/**
 * How many arguments a function can see. A parameter it does not declare is never decoded for it. Where its text
 * leaves a doubt (`arguments`, rest or default parameters, native or bound functions) it counts as seeing all:
 * the answer may be too high, which costs a decoding, but never too low.
 */
function declaredParameters(fn: AnyFunction): number {
  const text = Function.prototype.toString.call(fn);
  const doubtful = fn.length === 0 ? !/^(async\s*)?\(\s*\)\s*=>/.test(text) : false;
  if (doubtful || /\barguments\b|\.\.\.|\[native code\]/.test(text) || hasDefaults(text)) {
    return Number.POSITIVE_INFINITY;
  }
  return fn.length;
}

/** Whether a `=` that is not an arrow comes before the body. */
function hasDefaults(text: string): boolean {
  const arrow = text.indexOf('=>');
  const head = arrow === -1 ? text.slice(0, text.search(/\)\s*\{/)) : text.slice(0, arrow);
  return head.includes('=');
}
