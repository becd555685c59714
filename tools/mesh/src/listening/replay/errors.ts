/**
 * - `MESH_REPLAY_GAVE_UP`: the API did not accept a batch within the deadline, whatever was tried.
 * - `MESH_REPLAY_REFUSED`: the API answered what no retry changes, as 404: most likely the URL is another service's.
 */
export type ReplayErrorCode = 'MESH_REPLAY_GAVE_UP' | 'MESH_REPLAY_REFUSED';

/** The replay stopped before its end. What was accepted until then stays accepted; replaying again repeats nothing. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;

  constructor(code: ReplayErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
