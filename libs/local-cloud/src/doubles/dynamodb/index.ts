export { dynamoDbDouble, type DynamoDbSettings } from './double.js';
