import { driverContract } from '../test/contract/suite.js';

driverContract('4.3');
