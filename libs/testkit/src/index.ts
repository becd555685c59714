export { startTestCloud, type FaultSpec, type TestCloud, type TestCloudOptions } from './cloud.js';
export { eventually } from './eventually.js';
export { startTestMesh, type ReadEvent, type TestMesh, type TestMeshOptions } from './mesh.js';
export {
  active,
  createDataset,
  createDatasetGroup,
  createEventTracker,
  createTracking,
  interactionFields,
  type DatasetField,
} from './personalize.js';
export { plays } from './plays.js';
export { readTopic, type DeadLetter, type ReadRecord } from './topics.js';
