/** How a double's state is rebuilt and compacted. Entries are JSON values: milliseconds for dates, base64 for bytes. */
export interface JournalHandlers<Entry> {
  /** Applies an entry to the state: called for every entry in order, while the journal is opened. */
  replay(entry: Entry): void;
  /** The whole state as entries that rebuild it. Read at once when the journal has grown; it must not be lazy later. */
  snapshot(): Iterable<Entry>;
}

/** An append-only record of what happened to a double. */
export interface Journal<Entry> {
  /**
   * Adds an entry. It is written to the operating system before the answer to the call in progress leaves, together
   * with what other calls appended: so it survives a killed process, not a lost machine. Change the state and append
   * without anything awaited in between, or a snapshot taken there holds the change twice.
   */
  append(entry: Entry): void;
  /** Writes what was appended and not yet written, now. Behaviours need not call it. */
  flush(): void;
  /** Flushes and closes the file. */
  close(): void;
}

/** The journals of one state directory. */
export interface Journals {
  /** Opens, replays and then takes entries. The name is the file's: `firehose`, `personalize-events`. */
  open<Entry>(name: string, handlers: JournalHandlers<Entry>): Journal<Entry>;
}
