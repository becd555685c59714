import { events } from '@mesh/contracts';
import { registerSchema } from '@mesh/serde/glue';
import { readFileSync } from 'node:fs';
import type { TestCloud } from './cloud.js';

/**
 * An event in the shape in which AWS Lambda hands it to a function, its records as our producers wrote them, with what
 * their frames were written under.
 */
interface Recording {
  /** By the schema version id in the frames: the contract's schema name and version. */
  readonly versions: Readonly<Record<string, { readonly schema: string; readonly version: number }>>;
  readonly event: {
    readonly eventSource: 'aws:kafka';
    readonly records: Readonly<Record<string, readonly RecordedRecord[]>>;
  };
}

interface RecordedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[];
}

/** Header, compression, and then the 16 bytes of the version id. */
const ID_AT = 2;

/**
 * A recorded event for the registry of this cloud: its frames name the schema versions as they are called here, all
 * else is as it was recorded.
 */
export async function recordedMskEvent(cloud: TestCloud, file: URL): Promise<Recording['event']> {
  const { versions, event } = JSON.parse(readFileSync(file, 'utf8')) as Recording;
  const here = new Map<string, Buffer>();
  for (const [id, { schema, version }] of Object.entries(versions)) {
    const contract = events.find(({ schemaName }) => schemaName === schema);
    const definition = contract && [...contract.earlier, contract.schema][version - 1];
    if (definition === undefined)
      throw new Error(`${file.href}: there is no version ${version} of ${schema}`);
    const registered = await registerSchema({
      registryName: 'music-mesh',
      region: cloud.region,
      endpoint: cloud.url,
      schemaName: schema,
      definition: JSON.stringify(definition),
    });
    here.set(bytesOf(id).toString('hex'), bytesOf(registered.versionId));
  }
  const asHere = (value: string | null): string | null => {
    if (value === null) return null;
    const frame = Buffer.from(value, 'base64');
    here.get(frame.subarray(ID_AT, ID_AT + 16).toString('hex'))?.copy(frame, ID_AT);
    return frame.toString('base64');
  };
  const records = Object.entries(event.records).map(([partition, list]) => [
    partition,
    list.map((record) => ({ ...record, value: asHere(record.value) })),
  ]);
  return { ...event, records: Object.fromEntries(records) as Recording['event']['records'] };
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
