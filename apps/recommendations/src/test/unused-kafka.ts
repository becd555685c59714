import type { KafkaClient } from '@mesh/kafka';

/** For a service that is given its data by the test and must not touch Kafka itself. */
export function unusedKafka(): KafkaClient {
  const unused = (): never => {
    throw new Error('this test uses no Kafka');
  };
  return {
    driver: 'none',
    capabilities: {
      fencesByMember: false,
      awaitsRevoke: false,
      cooperativeRebalance: false,
      staticMembership: false,
      compression: [],
    },
    consumer: unused,
    producer: unused,
    transactionalProducer: unused,
    reader: unused,
    admin: unused,
    close: async () => {},
  };
}
