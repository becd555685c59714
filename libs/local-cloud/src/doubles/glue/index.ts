export { glueDouble, type GlueDoubleSettings } from './double.js';
export type { GlueLimits } from './context.js';
