import type { TokenSasl } from '../port/client.js';
import { ConnectionFault } from './errors.js';

/**
 * A token to authenticate with. Where its source fails nobody was denied: it may answer the next time.
 * @throws ConnectionFault
 */
export async function tokenFrom(sasl: TokenSasl): Promise<string> {
  try {
    return await sasl.token();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectionFault(`the token source failed: ${message}`, { cause });
  }
}
