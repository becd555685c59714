import { InvalidArgumentError } from 'commander';

/** Reads an option that has to be a number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}
