export { RecordingSink } from './recording-sink.js';
