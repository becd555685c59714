import type { Journal, JournalHandlers, Journals } from './types.js';

/**
 * Journals that live as long as the object: opening the same name again replays what was appended. For tests of a
 * double's restart without a file.
 */
export function memoryJournals(): Journals {
  const entries = new Map<string, string[]>();
  return {
    open<Entry>(name: string, handlers: JournalHandlers<Entry>): Journal<Entry> {
      const lines = entries.get(name) ?? [];
      entries.set(name, lines);
      for (const line of lines) handlers.replay(JSON.parse(line) as Entry);
      return {
        append: (entry) => void lines.push(JSON.stringify(entry)),
        flush: () => undefined,
        close: () => undefined,
      };
    },
  };
}
