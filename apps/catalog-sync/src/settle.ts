import type { EventQueue, ReceivedMessage } from './adapters/event-queue.js';
import type { Verdict } from './domain/message-handler.js';

/**
 * Carries out a verdict. A dead letter is sent before its message is deleted: killed in between, it is there twice,
 * never lost.
 *
 * @param remove deletes the message; the function's runtime does so itself
 */
export async function settle(
  queue: Pick<EventQueue, 'sendDeadLetter' | 'retryIn'>,
  message: ReceivedMessage,
  verdict: Verdict,
  remove: () => Promise<void>,
): Promise<void> {
  if (verdict.kind === 'retry') return queue.retryIn(message.receipt, verdict.seconds);
  if (verdict.kind === 'dead') await queue.sendDeadLetter(message, verdict.reason);
  await remove();
}
