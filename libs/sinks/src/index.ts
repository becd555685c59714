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
export { PersonalizeItemsSink, type PersonalizeItem } from './personalize/personalize-items-sink.js';
export { PersonalizeUsersSink, type PersonalizeUser } from './personalize/personalize-users-sink.js';
export type { RecordsSinkOptions, RecordsSinkSnapshot } from './personalize/records-sink.js';
export { S3LandingSink, type S3LandingSinkOptions } from './s3/s3-landing-sink.js';
