export { mskIam, type MskIamOptions } from './msk-iam.js';
