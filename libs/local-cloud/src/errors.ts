/**
 * - `MESH_LOCAL_INSTALL_FAILED`: a download or an installation of a server's parts did not succeed.
 * - `MESH_LOCAL_SERVER_DIED`: a server's process ended before it was ready.
 * - `MESH_LOCAL_SERVER_NOT_READY`: a server runs but did not become ready in time.
 * - `MESH_LOCAL_PORT_TAKEN`: no free port was found, or another process listens on the one asked for.
 */
export type LocalCloudErrorCode =
  | 'MESH_LOCAL_INSTALL_FAILED'
  | 'MESH_LOCAL_SERVER_DIED'
  | 'MESH_LOCAL_SERVER_NOT_READY'
  | 'MESH_LOCAL_PORT_TAKEN';

/** What goes wrong while local servers are installed, started or watched. */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
  readonly code: LocalCloudErrorCode;

  constructor(code: LocalCloudErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}
