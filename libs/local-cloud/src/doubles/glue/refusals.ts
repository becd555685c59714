import { ModelledError } from '../framework/types.js';
import type { Violation } from '../framework/violations.js';

/**
 * The registry's errors in its own words, which clients read: AWS's serializer for Java tells a missing version
 * («Schema version is not found.») from a missing schema («Schema is not found.») by the message alone
 * (https://github.com/awslabs/aws-glue-schema-registry, `SchemaByDefinitionFetcher`, `AWSSchemaRegistryConstants`).
 */
export interface SchemaPlace {
  readonly registry?: string | undefined;
  readonly schema?: string | undefined;
  readonly arn?: string | undefined;
}

const placed = ({ registry, schema, arn }: SchemaPlace): string =>
  `RegistryName: ${registry ?? 'null'}, SchemaName: ${schema ?? 'null'}, SchemaArn: ${arn ?? 'null'}`;

export const invalidInput = (message: string): ModelledError =>
  new ModelledError('InvalidInputException', message);

export const registryNotFound = (member: 'registryName' | 'registryArn', value: string): ModelledError =>
  new ModelledError('EntityNotFoundException', `Registry is not found. ${capital(member)}: ${value}`);

export const schemaNotFound = (place: SchemaPlace): ModelledError =>
  new ModelledError('EntityNotFoundException', `Schema is not found. ${placed(place)}`);

export const versionNotFound = (
  place: SchemaPlace,
  number: number | undefined,
  latest: boolean,
): ModelledError =>
  new ModelledError(
    'EntityNotFoundException',
    `Schema version is not found. ${placed(place)}, VersionNumber: ${number ?? 'null'}, isLatestVersion: ${latest}`,
  );

export const versionIdNotFound = (id: string): ModelledError =>
  new ModelledError('EntityNotFoundException', `Schema version is not found. SchemaVersionId: ${id}`);

export const alreadyExists = (resource: 'Registry' | 'Schema', name: string): ModelledError =>
  new ModelledError('AlreadyExistsException', `${resource} already exists. ${resource}Name: ${name}`);

export const limitExceeded = (resources: string): ModelledError =>
  new ModelledError(
    'ResourceNumberLimitExceededException',
    `More ${resources} cannot be created. The maximum limit has been reached.`,
  );

export const beingChanged = (arn: string, detail: string): ModelledError =>
  new ModelledError(
    'ConcurrentModificationException',
    `The schema is being modified. SchemaArn: ${arn}. ${detail}`,
  );

/**
 * How the registry words input outside of its model: not with the sentences common to AWS's services. The wording is
 * what moto recorded of the service (https://github.com/getmoto/moto, `moto/glue/exceptions.py`).
 */
export function glueValidation(
  violations: readonly Violation[],
): { code: string; message: string } | undefined {
  const [first] = violations;
  if (first === undefined) return undefined;
  const message = violationMessage(first, first.path.slice(first.path.lastIndexOf('.') + 1));
  return message === undefined ? undefined : { code: 'InvalidInputException', message };
}

function violationMessage({ kind }: Violation, parameter: string): string | undefined {
  switch (kind) {
    case 'length':
      return `The resource name contains too many or too few characters. Parameter Name: ${parameter}`;
    case 'pattern':
      return `The parameter value contains one or more characters that are not valid. Parameter Name: ${parameter}`;
    case 'enum':
      if (parameter === 'dataFormat') return 'Data format is not valid.';
      return parameter === 'compatibility' ? 'Compatibility is not valid.' : undefined;
    case 'type':
    case 'required':
    case 'range':
    case 'union':
    case 'unknown':
      return undefined;
  }
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
