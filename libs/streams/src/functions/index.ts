export { runBatches, type BatchesOutcome, type RunBatchesOptions } from './run-batches.js';
