import { GlueClient } from '@aws-sdk/client-glue';
import { events, topicSettings } from '@mesh/contracts';
import { applyTopics, createKafkaClient } from '@mesh/kafka';
import { registerSchema } from '@mesh/serde/glue';
import { localClient } from './aws.js';

export const registryName = 'music-mesh';

/** Registers every version of each contract, the oldest first; one that is there already keeps its version id. */
export async function registerContracts(glueUrl: string, log: (line: string) => void): Promise<void> {
  const client = new GlueClient(localClient(glueUrl));
  for (const contract of events) {
    for (const schema of [...contract.earlier, contract.schema]) {
      const { versionNumber } = await registerSchema({
        registryName,
        client,
        schemaName: contract.schemaName,
        definition: JSON.stringify(schema),
        compatibility: 'BACKWARD_ALL',
      });
      log(`schema ${contract.schemaName} version ${versionNumber}`);
    }
  }
  client.destroy();
}

/** Creates the contracts' topics and their dead-letter topics; says where one that exists differs from its manifest. */
export async function createContractTopics(kafkaBrokers: string, log: (line: string) => void): Promise<void> {
  const client = createKafkaClient({ brokers: kafkaBrokers.split(','), clientId: 'mesh-provision' });
  try {
    const { created, unchanged, drift } = await applyTopics(client.admin(), topicSettings, {
      capReplication: true,
    });
    log(`topics: ${created.length} created, ${unchanged.length} as they were`);
    for (const { text } of drift) log(text);
  } finally {
    await client.close();
  }
}
