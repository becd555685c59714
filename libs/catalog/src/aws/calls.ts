import { CatalogError, type CatalogErrorCode } from '../errors.js';

/** How AWS clients here are made; region, endpoint and credentials are the SDK's own unless given. */
export interface AwsOptions {
  readonly region?: string;
  readonly endpoint?: string;
}

/** Settings of a client: four attempts of a call, and no call that hangs. */
export function clientSettings({ region, endpoint }: AwsOptions = {}) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 15_000 },
  };
}

/** Makes a call, and a {@link CatalogError} of its failure that says what was called on what. */
export async function call<T>(operation: string, on: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof CatalogError) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CatalogError(codeOf(error), `${operation} of ${on} failed: ${reason}`, { cause: error });
  }
}

const byName: Readonly<Record<string, CatalogErrorCode>> = {
  ServiceQuotaExceededException: 'MESH_CATALOG_QUOTA',
  ResourceNumberLimitExceededException: 'MESH_CATALOG_QUOTA',
  ConflictException: 'MESH_CATALOG_CONFLICT',
  AlreadyExistsException: 'MESH_CATALOG_CONFLICT',
  ConcurrentModificationException: 'MESH_CATALOG_CONFLICT',
  ResourceNotFoundException: 'MESH_CATALOG_NOT_FOUND',
  EntityNotFoundException: 'MESH_CATALOG_NOT_FOUND',
  AccessDeniedException: 'MESH_CATALOG_DENIED',
  AccessDenied: 'MESH_CATALOG_DENIED',
  UnauthorizedException: 'MESH_CATALOG_DENIED',
  ExpiredTokenException: 'MESH_CATALOG_DENIED',
  UnrecognizedClientException: 'MESH_CATALOG_DENIED',
  InvalidSignatureException: 'MESH_CATALOG_DENIED',
  CredentialsProviderError: 'MESH_CATALOG_DENIED',
};

function codeOf(error: unknown): CatalogErrorCode {
  if (!(error instanceof Error)) return 'MESH_CATALOG_UNAVAILABLE';
  const known = byName[error.name];
  if (known !== undefined) return known;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  // Without a status there was no answer.
  if (status === undefined || status >= 500 || status === 429) return 'MESH_CATALOG_UNAVAILABLE';
  return /throttl|toomanyrequests/i.test(error.name) ? 'MESH_CATALOG_UNAVAILABLE' : 'MESH_CATALOG_REFUSED';
}

/** All pages of a list. */
export async function allPages<P extends { readonly nextToken?: string | undefined }, T>(
  ask: (nextToken: string | undefined) => Promise<P>,
  items: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const all: T[] = [];
  for (let token: string | undefined; ;) {
    const page = await ask(token);
    all.push(...(items(page) ?? []));
    token = page.nextToken;
    if (token === undefined) return all;
  }
}
