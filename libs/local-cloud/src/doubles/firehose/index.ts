export { firehoseDouble, type FirehoseSettings } from './double.js';
export type { StreamCounts, ThroughputLimits } from './delivery-stream.js';
