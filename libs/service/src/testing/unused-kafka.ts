import type { KafkaClient } from '@mesh/kafka';

/**
 * A Kafka client that can only be closed, for a service that gets what it works with from the test.
 * @param onClose called when it is
 */
export function unusedKafka(onClose: () => void = () => {}): KafkaClient {
  const unused = (): never => {
    throw new Error('this service was not expected to use Kafka');
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
    close: async () => onClose(),
  };
}
