import { createKafkaClient, type KafkaClient } from '@mesh/kafka';
import { runDir } from '../supervisor/paths.js';
import { readState } from '../supervisor/state.js';

/** Runs `act` with a client of the mesh's Kafka: that of KAFKA_BROKERS, else the running mesh's. */
export async function withKafka<T>(clientId: string, act: (client: KafkaClient) => Promise<T>): Promise<T> {
  const driver = process.env['KAFKA_DRIVER'];
  const client = createKafkaClient({
    brokers: brokers(),
    clientId,
    ...(driver === undefined ? {} : { driver }),
  });
  try {
    return await act(client);
  } finally {
    await client.close();
  }
}

function brokers(): string[] {
  const given = process.env['KAFKA_BROKERS'];
  const address = given ?? readState(runDir())?.processes.find(({ name }) => name === 'kafka')?.url;
  if (address === undefined)
    throw new Error('no mesh is running: start one with ./mesh up, or set KAFKA_BROKERS');
  return address.split(',');
}
