import type { StateQuery, StateQueryRequest, StateQueryResult } from '../../runtime/queries/query.js';
import { isFailure } from '../../runtime/queries/query.js';
import type { StoreType } from '../../topology/nodes.js';
import type { Topology } from '../../topology/topology.js';
import { KEYS } from './waves.js';

/**
 * What the stores of a topology hold, by their names; of those that answer no queries (joins' and suppression's) what
 * the application goes on with tells.
 */
export async function contentsOf(
  topology: Topology,
  ask: (request: StateQueryRequest) => Promise<StateQueryResult>,
): Promise<Readonly<Record<string, readonly object[]>>> {
  const contents: Record<string, readonly object[]> = {};
  for (const { name, type } of topology.subTopologies.flatMap((sub) => sub.stores)) {
    const found: object[] = [];
    for (const query of queriesOf(type)) {
      for (const answer of await ask({ store: name, query })) {
        if (isFailure(answer)) throw new Error(`store ${name}: ${answer.message}`);
        found.push(
          ...answer.entries.map((entry) => ({
            ...entry,
            key: Buffer.from(entry.key).toString('base64'),
            value: Buffer.from(entry.value).toString('base64'),
          })),
        );
      }
    }
    if (queriesOf(type).length > 0) contents[name] = found;
  }
  return contents;
}

function queriesOf(type: StoreType): readonly StateQuery[] {
  const keys = KEYS.map((key) => Buffer.from(key));
  switch (type) {
    case 'key-value':
      return [{ type: 'range' }];
    case 'window':
    case 'sliding':
      return [{ type: 'windowRange' }];
    case 'session':
      return keys.map((key) => ({ type: 'session', key }));
    case 'versioned':
      return keys.map((key) => ({ type: 'multiVersionedKey', key }));
    case 'join':
    case 'unmatched':
    case 'suppress':
    case 'buffer':
      return [];
  }
}
