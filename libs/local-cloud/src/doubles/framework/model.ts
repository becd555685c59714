import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DoublesError } from './errors.js';

/** A member of a structure, or the element of a list, key or value of a map: a shape, and where it travels. */
export interface ShapeRef {
  readonly shape: string;
  readonly location?: 'uri' | 'querystring' | 'header' | 'headers' | 'statusCode';
  readonly locationName?: string;
  readonly timestampFormat?: TimestampFormat;
}

export type TimestampFormat = 'unixTimestamp' | 'iso8601' | 'rfc822';

export interface Shape {
  readonly type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'character'
    | 'blob'
    | 'boolean'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'timestamp';
  readonly members?: Readonly<Record<string, ShapeRef>>;
  readonly required?: readonly string[];
  readonly member?: ShapeRef;
  readonly key?: ShapeRef;
  readonly value?: ShapeRef;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly timestampFormat?: TimestampFormat;
  /** Free-form JSON. */
  readonly document?: boolean;
  /** Exactly one member may be set. */
  readonly union?: boolean;
  /** The member that is the whole body. */
  readonly payload?: string;
  readonly exception?: boolean;
  /** An error of the server: 500 unless `error` says otherwise. */
  readonly fault?: boolean;
  readonly error?: { readonly httpStatusCode?: number; readonly code?: string };
}

export interface OperationModel {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: ShapeRef;
  readonly output?: ShapeRef;
  readonly errors?: readonly ShapeRef[];
}

/** A service as AWS describes it to its SDKs: botocore's `service-2.json`. */
export interface ServiceModel {
  readonly metadata: {
    readonly protocol: 'json' | 'rest-json';
    readonly endpointPrefix: string;
    readonly signingName?: string;
    readonly targetPrefix?: string;
    readonly jsonVersion?: string;
    readonly serviceId: string;
  };
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/**
 * Reads a service's newest model from botocore's data folder, which holds `<service>/<api version>/service-2.json`,
 * gzipped in the packages on PyPI.
 *
 * @throws DoublesError `MESH_DOUBLES_MODEL_MISSING`, or `MESH_DOUBLES_MODEL_INVALID` for a protocol not spoken here.
 */
export function loadServiceModel(dataDir: string, service: string): ServiceModel {
  const folder = join(dataDir, service);
  const version = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^\d{4}-\d{2}-\d{2}$/.test(name))
        .sort()
        .at(-1)
    : undefined;
  const plain = join(folder, version ?? '', 'service-2.json');
  const gzipped = `${plain}.gz`;
  let text: string;
  if (version !== undefined && existsSync(gzipped)) text = gunzipSync(readFileSync(gzipped)).toString('utf8');
  else if (version !== undefined && existsSync(plain)) text = readFileSync(plain, 'utf8');
  else {
    throw new DoublesError(
      'MESH_DOUBLES_MODEL_MISSING',
      `there is no model of the AWS service "${service}" under ${dataDir}: is this the data folder of botocore?`,
    );
  }
  const model = JSON.parse(text) as ServiceModel;
  const protocol: string = model.metadata.protocol;
  if (protocol !== 'json' && protocol !== 'rest-json') {
    throw new DoublesError(
      'MESH_DOUBLES_MODEL_INVALID',
      `the AWS service "${service}" speaks ${protocol}; the doubles speak json and rest-json only`,
    );
  }
  return model;
}

/** The shape of that name. A model that names a shape it does not hold is no model. */
export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) {
    throw new DoublesError(
      'MESH_DOUBLES_MODEL_INVALID',
      `the model of ${model.metadata.serviceId} names a shape "${name}" that it does not hold`,
    );
  }
  return shape;
}
