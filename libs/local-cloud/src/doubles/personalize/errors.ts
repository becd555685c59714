import { ModelledError } from '../framework/types.js';

export const invalidInput = (message: string) => new ModelledError('InvalidInputException', message);
export const notFound = (arn: string) =>
  new ModelledError('ResourceNotFoundException', `${arn} does not exist`);
export const alreadyExists = (message: string) =>
  new ModelledError('ResourceAlreadyExistsException', message);
export const inUse = (message: string) => new ModelledError('ResourceInUseException', message);
export const throttled = (operation: string, perSecond: number) =>
  new ModelledError(
    'ThrottlingException',
    `Rate exceeded: ${operation} takes ${perSecond} requests a second`,
  );
