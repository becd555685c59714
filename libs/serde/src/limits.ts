/** Bounds on what one record may cost. */
export interface SerdeLimits {
  /** Of the Avro body, inflated where compressed; in bytes. Default 4 MiB. */
  readonly maxBytes: number;
  /** Of records within records. Default 64. */
  readonly maxDepth: number;
  /** Of array items and map entries in one value. Default 100,000. */
  readonly maxItems: number;
  /** Of writer's schemas kept, each with its resolver. Default 256. */
  readonly maxSchemas: number;
}

export const defaultLimits: SerdeLimits = {
  maxBytes: 4 * 1024 * 1024,
  maxDepth: 64,
  maxItems: 100_000,
  maxSchemas: 256,
};
