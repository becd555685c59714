import { createHash } from 'node:crypto';

/**
 * A client token that is the same whenever the same is asked for: a call repeated after a lost answer or a killed
 * process has one effect. 43 printable characters, of DataZone's 128 at most.
 *
 * @param parts all that the call depends on besides its own input, the purpose first
 */
export function clientToken(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
