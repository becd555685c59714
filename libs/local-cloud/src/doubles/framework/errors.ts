/** What can be wrong with the doubles themselves, as opposed to the errors they answer their callers with. */
export type DoublesErrorCode =
  | 'MESH_DOUBLES_MODEL_MISSING'
  | 'MESH_DOUBLES_MODEL_INVALID'
  | 'MESH_DOUBLES_OUTPUT_INVALID'
  | 'MESH_DOUBLES_FAULT_INVALID'
  | 'MESH_DOUBLES_JOURNAL_DAMAGED'
  | 'MESH_DOUBLES_JOURNAL_UNWRITABLE';

/** A defect or a fault of the doubles: the message says what, where and what to do. */
export class DoublesError extends Error {
  override readonly name = 'DoublesError';
  readonly code: DoublesErrorCode;

  constructor(code: DoublesErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
