import { TypeCompiler } from '@sinclair/typebox/compiler';
import {
  CLOCK_TOLERANCE_MS,
  EARLIEST_OCCURRED_AT,
  InteractionRequest,
  RULES,
} from './interaction-request.js';

/** What is wrong with an event: the first fault found. */
export interface Fault {
  /** Empty where the event as a whole is meant. */
  readonly field: string;
  readonly reason: string;
}

export type Checked = { readonly request: InteractionRequest } | { readonly fault: Fault };

const compiled = TypeCompiler.Compile(InteractionRequest);

/** Decides whether a client's event can be taken. `now` in milliseconds since the epoch. */
export function checkInteraction(input: unknown, now: number): Checked {
  if (!compiled.Check(input)) return { fault: shapeFault(input) };
  if (input.occurredAt < EARLIEST_OCCURRED_AT) {
    return occurredAtFault('must not be before the year 2000; it counts milliseconds, not seconds');
  }
  if (input.occurredAt > now + CLOCK_TOLERANCE_MS) {
    return occurredAtFault(
      `must not be more than ${CLOCK_TOLERANCE_MS / 60_000} minutes in the future; here it is ${new Date(now).toISOString()}`,
    );
  }
  return { request: input };
}

function occurredAtFault(reason: string): Checked {
  return { fault: { field: 'occurredAt', reason } };
}

/** Slow and only for what was refused: finds out where and why. */
function shapeFault(input: unknown): Fault {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { field: '', reason: 'must be an object' };
  }
  const field = compiled.Errors(input).First()?.path.slice(1) ?? '';
  if (!Object.hasOwn(RULES, field)) return { field: shortened(field), reason: 'is not a known field' };
  if (!Object.hasOwn(input, field)) return { field, reason: 'is required' };
  return { field, reason: `must be ${RULES[field as keyof typeof RULES]}` };
}

/** A client may send a name of any length, and the answer repeats it. */
function shortened(name: string): string {
  return name.length > 64 ? `${name.slice(0, 64)}…` : name;
}
