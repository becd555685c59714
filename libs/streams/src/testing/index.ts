export {
  TestInputTopic,
  TestOutputTopic,
  type InputTopicOptions,
  type PipeOptions,
  type TestRecord,
} from './test-topics.js';
export {
  TopologyTestDriver,
  type PersistentTestOptions,
  type TopologyTestDriverOptions,
} from './topology-test-driver.js';
