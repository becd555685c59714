export type { AwsOptions } from './aws/client-options.js';
export type { BackoffOptions } from './batching/backoff.js';
export type { Clock } from './batching/clock.js';
export type { DurationSnapshot, MetricSample, SinkSnapshot } from './batching/metrics.js';
export type { BatchingOptions, SinkLogger } from './batching/options.js';
export type { RateLimitOptions } from './batching/rate-limit.js';
export { FirehoseSink, type FirehoseSinkOptions } from './firehose/firehose-sink.js';
export { checkPersonalizeEvent, type PersonalizeEvent } from './personalize/event.js';
export {
  PersonalizeEventsSink,
  type PersonalizeEventsSinkOptions,
} from './personalize/personalize-events-sink.js';
