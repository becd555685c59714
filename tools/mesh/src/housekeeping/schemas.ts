import { events } from '@mesh/contracts';
import { glueSchemaRegistry } from '@mesh/serde/glue';
import type { Finding } from './finding.js';

/** Is the current version of every contract in the registry? @param endpoint of the Glue Schema Registry; AWS's own where absent */
export async function examineSchemas(registryName: string, endpoint?: string): Promise<readonly Finding[]> {
  const registry = glueSchemaRegistry({ registryName, ...(endpoint === undefined ? {} : { endpoint }) });
  const findings: Finding[] = [];
  for (const { schemaName, version, schema } of events) {
    try {
      await registry.versionIdOf(schemaName, JSON.stringify(schema));
    } catch (error) {
      const seen = `version ${version} can't be had: ${error instanceof Error ? error.message : String(error)}`;
      const todo = './mesh up registers what is missing';
      findings.push({ what: `schema ${schemaName}`, verdict: 'fault', seen, todo });
    }
  }
  if (findings.length > 0) return findings;
  return [{ what: 'schemas', verdict: 'ok', seen: `${events.length} contracts are registered` }];
}
