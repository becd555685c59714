import type { KafkaClient } from '@mesh/kafka';

/** A Kafka client that can only be closed, for services that use none. It notes when that happens. */
export function idleKafka(note: (step: string) => void = () => {}): KafkaClient {
  const unused = (): never => {
    throw new Error('this service uses no Kafka');
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
    close: async () => note('kafka closed'),
  };
}
