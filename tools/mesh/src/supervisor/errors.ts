/**
 * - `MESH_BUSY`: another mesh command is starting, running or stopping the mesh.
 * - `MESH_RUNNING`: a mesh started by `up` runs and this command wants one of its own.
 * - `MESH_NOT_RUNNING`: there is no running mesh.
 * - `MESH_START_FAILED`: a part did not start; everything was stopped again.
 * - `MESH_UNKNOWN_PART`: no server or app of that name.
 */
export type MeshErrorCode =
  'MESH_BUSY' | 'MESH_RUNNING' | 'MESH_NOT_RUNNING' | 'MESH_START_FAILED' | 'MESH_UNKNOWN_PART';

export class MeshError extends Error {
  override readonly name = 'MeshError';
  readonly code: MeshErrorCode;

  constructor(code: MeshErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
