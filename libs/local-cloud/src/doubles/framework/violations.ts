/** A place where a value does not fit the model. */
export interface Violation {
  /** As AWS writes it: `records.3.member.data`, members with a small first letter, entries counted from 1. */
  path: string;
  readonly kind: 'type' | 'required' | 'length' | 'range' | 'pattern' | 'enum' | 'union' | 'unknown';
  /** What must hold, in AWS's words: `Member must have length less than or equal to 500`. */
  readonly constraint: string;
  readonly value: unknown;
}

/** Puts a parent's step in front of the paths of the violations found since there were `from` of them. */
export function prefixPaths(violations: Violation[], from: number, step: string): void {
  for (let i = from; i < violations.length; i++) {
    const violation = violations[i];
    if (violation !== undefined) violation.path = violation.path === '' ? step : `${step}.${violation.path}`;
  }
}

/** A member's step in a path: AWS writes `deliveryStreamName` for `DeliveryStreamName`. */
export const memberStep = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** The message AWS's services answer violated constraints with, one sentence each. */
export function violationsMessage(violations: readonly Violation[]): string {
  const details = violations.map(({ path, constraint, value }) => {
    return `Value ${printed(value)} at '${path}' failed to satisfy constraint: ${constraint}`;
  });
  const errors = violations.length === 1 ? 'error' : 'errors';
  return `${violations.length} validation ${errors} detected: ${details.join('; ')}`;
}

function printed(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  let text: string | undefined;
  if (typeof value === 'string') text = value;
  else if (Buffer.isBuffer(value)) text = `${value.length} bytes`;
  else text = JSON.stringify(value);
  return `'${text.length > 200 ? `${text.slice(0, 200)}…` : text}'`;
}
