/**
 * - `MESH_CATALOG_EVENT_INVALID`: the event is not what its source publishes.
 * - `MESH_CATALOG_NOT_FOUND`: a domain, project, blueprint, crawler or contract that is named does not exist.
 * - `MESH_CATALOG_REFUSED`: a service refused the call as wrong (400).
 * - `MESH_CATALOG_QUOTA`: a quota of the account is reached (402).
 * - `MESH_CATALOG_FAILED`: an environment, a data source or a run ended as failed.
 * - `MESH_CATALOG_DENIED`: the identity may not do this, or not yet: policies take effect with a delay.
 * - `MESH_CATALOG_CONFLICT`: someone else changes the same (409).
 * - `MESH_CATALOG_NOT_READY`: what was started did not come to its end within the time there was.
 * - `MESH_CATALOG_UNAVAILABLE`: throttled (429), a failure of the service (5xx), or no answer at all.
 */
export type CatalogErrorCode =
  | 'MESH_CATALOG_EVENT_INVALID'
  | 'MESH_CATALOG_NOT_FOUND'
  | 'MESH_CATALOG_REFUSED'
  | 'MESH_CATALOG_QUOTA'
  | 'MESH_CATALOG_FAILED'
  | 'MESH_CATALOG_DENIED'
  | 'MESH_CATALOG_CONFLICT'
  | 'MESH_CATALOG_NOT_READY'
  | 'MESH_CATALOG_UNAVAILABLE';

const transient: ReadonlySet<CatalogErrorCode> = new Set<CatalogErrorCode>([
  'MESH_CATALOG_DENIED',
  'MESH_CATALOG_CONFLICT',
  'MESH_CATALOG_NOT_READY',
  'MESH_CATALOG_UNAVAILABLE',
]);

/** Why an event could not be brought into the catalogue. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;

  constructor(code: CatalogErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }

  /** Whether the same event may succeed later with nothing changed by hand. */
  get transient(): boolean {
    return transient.has(this.code);
  }
}

export const isCode = (error: unknown, code: CatalogErrorCode): boolean =>
  error instanceof CatalogError && error.code === code;
