import { ModelledError } from '../framework/types.js';

/** 404 */
export const notFound = (what: string, id: string) =>
  new ModelledError('ResourceNotFoundException', `${what} with id ${id} does not exist`);
/** 409: the name is taken, or the state does not allow it. */
export const conflict = (message: string) => new ModelledError('ConflictException', message);
/** 400: what the model cannot say is wrong. */
export const invalid = (message: string) => new ModelledError('ValidationException', message);
/** 402 */
export const quotaExceeded = (what: string, quota: number) =>
  new ModelledError('ServiceQuotaExceededException', `The quota of ${quota} ${what} is reached`);
