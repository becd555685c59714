export { startTestCloud, type FaultSpec, type TestCloud, type TestCloudOptions } from './cloud.js';
export { active } from './active.js';
export { createDeliveryStream } from './firehose.js';
export { startTestMesh, type ReadEvent, type TestMesh, type TestMeshOptions } from './mesh.js';
export {
  createDataset,
  createDatasetGroup,
  createDatasets,
  createEventTracker,
  createTracking,
  interactionFields,
  type DatasetField,
} from './personalize.js';
export { plays } from './plays.js';
export { recordedMskEvent } from './recorded-msk-event.js';
export { readTopic, type DeadLetter, type ReadRecord } from './topics.js';
