import { Type } from '@sinclair/typebox';

/** What every function on an MSK event source reads besides the base; to be spread into its own properties. */
export const FunctionConfigProperties = {
  /** Whether the event source mapping has `ReportBatchItemFailures`; else an unfinished batch is retried as a whole. */
  REPORT_BATCH_ITEM_FAILURES: Type.Boolean({ default: false }),
  /** How long before the function's own timeout to stop and say what is left. */
  FUNCTION_MARGIN_MS: Type.Integer({ default: 2_000, minimum: 0, maximum: 60_000 }),
};
