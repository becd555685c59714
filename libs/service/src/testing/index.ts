export { startServiceProcess, type LogLine, type ServiceProcess } from './service-process.js';
