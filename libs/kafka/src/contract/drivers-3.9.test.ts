import { driverContract } from '../test/contract/suite.js';

// What MSK offers everywhere; the other suites run on the newest broker, or on KAFKA_BROKER_VERSION.
driverContract('3.9');
