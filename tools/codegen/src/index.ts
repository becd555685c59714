export { TARGET, generate } from './generate.js';
export type { Outcome } from './generate.js';
export { InvalidContractsError } from './model.js';
