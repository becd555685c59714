import type { ErrorType } from '../entities.js';

/** A table of the Glue Data Catalog, as far as an asset shows it. */
export interface GlueTable {
  readonly Name: string;
  readonly DatabaseName: string;
  readonly Description?: string;
  readonly TableType?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly PartitionKeys?: readonly GlueColumn[];
  readonly StorageDescriptor?: {
    readonly Columns?: readonly GlueColumn[];
    readonly Location?: string;
    readonly Compressed?: boolean;
  };
}

export interface GlueColumn {
  readonly Name: string;
  readonly Type?: string;
  readonly Comment?: string;
}

/** Why the catalogue could not be read, as a run tells it. */
export class GlueCatalogError extends Error {
  override readonly name = 'GlueCatalogError';
  readonly errorType: ErrorType;

  constructor(errorType: ErrorType, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.errorType = errorType;
  }
}

const errorTypes: Readonly<Record<string, ErrorType>> = {
  EntityNotFoundException: 'RESOURCE_NOT_FOUND_EXCEPTION',
  AccessDeniedException: 'ACCESS_DENIED_EXCEPTION',
  ThrottlingException: 'THROTTLING_EXCEPTION',
};

/**
 * All tables of a database, as moto has them.
 *
 * @throws GlueCatalogError
 */
export async function glueTables(
  motoUrl: string | undefined,
  region: string,
  database: string,
): Promise<GlueTable[]> {
  if (motoUrl === undefined) {
    const message = "there is no Glue Data Catalog to read: start the doubles with moto's URL";
    throw new GlueCatalogError('INTERNAL_SERVER_EXCEPTION', message);
  }
  const tables: GlueTable[] = [];
  for (let token: string | undefined; ;) {
    const input = { DatabaseName: database, ...(token !== undefined && { NextToken: token }) };
    const answer = (await ask(motoUrl, region, 'GetTables', input)) as {
      TableList?: GlueTable[];
      NextToken?: string;
    };
    tables.push(...(answer.TableList ?? []));
    token = answer.NextToken;
    if (token === undefined) return tables;
  }
}

async function ask(motoUrl: string, region: string, operation: string, input: object): Promise<unknown> {
  // moto tells region and service by the scope of the signature, and verifies none.
  const scope = `double/20260101/${region}/glue/aws4_request`;
  let response: Response;
  try {
    response = await fetch(motoUrl, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSGlue.${operation}`,
      },
      body: JSON.stringify(input),
    });
  } catch (cause) {
    throw new GlueCatalogError(
      'INTERNAL_SERVER_EXCEPTION',
      `the Glue Data Catalog at ${motoUrl} cannot be reached`,
      { cause },
    );
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as unknown;
  const code = /"__type": ?"(?:[^"#]*#)?([^"]+)"/.exec(text)?.[1] ?? '';
  throw new GlueCatalogError(
    errorTypes[code] ?? 'INTERNAL_SERVER_EXCEPTION',
    `${operation} of the database ${JSON.stringify((input as { DatabaseName?: string }).DatabaseName)} answered ${response.status}: ${text.slice(0, 300)}`,
  );
}
