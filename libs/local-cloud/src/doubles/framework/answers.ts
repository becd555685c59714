import type { WireAnswer } from './bindings.js';
import { shapeOf, type ServiceModel } from './model.js';
import type { ModelledError } from './types.js';
import type { Violation } from './violations.js';
import type { WriterCompiler } from './writers.js';

/**
 * Errors every AWS service may answer though its model does not list them, with their status in the JSON protocols
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/CommonErrors.html; Glue and Personalize have the same).
 */
export const commonErrors: Readonly<Record<string, number>> = {
  AccessDeniedException: 400,
  ExpiredTokenException: 400,
  IncompleteSignature: 400,
  InternalFailure: 500,
  InternalServerException: 500,
  InvalidSignatureException: 400,
  MissingAuthenticationToken: 403,
  NotAuthorized: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  ThrottlingException: 400,
  UnknownOperationException: 404,
  UnrecognizedClientException: 400,
  UnsupportedOperation: 501,
  ValidationException: 400,
};

/** The codes that mean «slow down»: those of the SDKs' retry strategies, and Firehose's own. */
export const throttlingCodes: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** A thrown error as it goes on the wire. */
export interface ErrorAnswer extends WireAnswer {
  readonly code: string;
}

/** The status an error has in a service's model; undefined where the model does not know it. */
export function modelledStatus(model: ServiceModel, code: string): number | undefined {
  const shape = model.shapes[code];
  if (shape?.exception !== true) return undefined;
  return shape.error?.httpStatusCode ?? (shape.fault === true ? 500 : 400);
}

/**
 * Whether an operation may answer with an error: one its model lists, or one common to all services. A double that
 * throws another is defective.
 */
export function mayAnswer(model: ServiceModel, operation: string, code: string): boolean {
  const listed = model.operations[operation]?.errors?.some((ref) => ref.shape === code) ?? false;
  return listed || code in commonErrors;
}

/** An error as the service's protocol answers it: the code in `__type` and `x-amzn-ErrorType`, members in the body. */
export function errorAnswer(
  model: ServiceModel | undefined,
  writers: WriterCompiler | undefined,
  error: ModelledError,
  violations: Violation[],
): ErrorAnswer {
  const { code, message, members } = error;
  const status = (model === undefined ? undefined : modelledStatus(model, code)) ?? commonErrors[code] ?? 400;
  let body: unknown = { message, ...members };
  if (model?.shapes[code]?.exception === true && writers !== undefined) {
    const shape = shapeOf(model, code);
    // Glue spells the member with a capital, most do not.
    const messageMember = Object.keys(shape.members ?? {}).find((name) => name.toLowerCase() === 'message');
    const withMessage = messageMember === undefined ? members : { [messageMember]: message, ...members };
    body = writers.compile({ shape: code })(withMessage, violations);
  }
  return {
    code,
    status,
    headers: { 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, ...(body as object | undefined) }),
  };
}
