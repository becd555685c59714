import type { StreamsMetadata } from '../queries/metadata.js';
import { parseTasks, tasksText } from './tasks-text.js';

/*
 * What members tell the leader and the leader tells them, as user data of the group's protocol:
 *
 *     version int16      of the writer
 *     least int16        the oldest version whose readers understand it
 *     body               JSON, UTF-8
 *
 * Fields may be added to the body without another version: readers pass over what they do not know. A leader answers
 * each member in the newest version that all members know.
 */

export const VERSION = 1;

/** What a member says of itself. */
export interface Subscription {
  /** The newest that it understands. */
  readonly version: number;
  readonly processId: string;
  readonly applicationServer?: string;
  /** Tasks it processes, with their state complete. */
  readonly active: readonly string[];
  /** How far its stores are, by task: sums of changelog offsets. */
  readonly offsetSums: Readonly<Record<string, number>>;
  /** It asks for the end of the whole application (KIP-671). */
  readonly shutdown: boolean;
}

/** What the leader says to a member, beside the partitions that its active tasks read. */
export interface Assigned {
  readonly standby: readonly string[];
  /** All instances. */
  readonly clients: readonly StreamsMetadata[];
  /** Tasks wait for stores to catch up: this member is to ask for the next rebalance, after a while. */
  readonly probe: boolean;
  readonly shutdown: boolean;
}

export function encodeSubscription(subscription: Subscription): Buffer {
  const { version, processId, applicationServer, active, offsetSums, shutdown } = subscription;
  return encode(version, {
    process: processId,
    server: applicationServer,
    active: tasksText(active),
    sums: offsetSums,
    shutdown: shutdown || undefined,
  });
}

/** @returns `undefined` where it is none, or one that only newer versions understand */
export function decodeSubscription(data: Buffer | null | undefined): Subscription | undefined {
  const read = decode(data);
  if (read === undefined || typeof read.body['process'] !== 'string') return undefined;
  const { process: processId, server, active, sums, shutdown } = read.body;
  return {
    version: read.version,
    processId,
    ...(typeof server === 'string' ? { applicationServer: server } : {}),
    active: parseTasks(typeof active === 'string' ? active : ''),
    offsetSums: numbers(sums),
    shutdown: shutdown === true,
  };
}

/** @param version the newest that all members know */
export function encodeAssigned({ standby, clients, probe, shutdown }: Assigned, version: number): Buffer {
  return encode(Math.min(version, VERSION), {
    standby: tasksText(standby),
    clients: clients.map(({ applicationServer, activeTasks, standbyTasks }) => ({
      server: applicationServer,
      active: tasksText(activeTasks),
      standby: tasksText(standbyTasks),
    })),
    probe: probe || undefined,
    shutdown: shutdown || undefined,
  });
}

/** @returns `undefined` where it is none, or one that only newer versions understand */
export function decodeAssigned(data: Buffer | null | undefined): Assigned | undefined {
  const read = decode(data);
  if (read === undefined) return undefined;
  const { standby, clients, probe, shutdown } = read.body;
  return {
    standby: parseTasks(typeof standby === 'string' ? standby : ''),
    clients: Array.isArray(clients) ? clients.map(clientOf) : [],
    probe: probe === true,
    shutdown: shutdown === true,
  };
}

type Body = Readonly<Record<string, unknown>>;

function encode(version: number, body: Body): Buffer {
  const header = Buffer.alloc(4);
  header.writeInt16BE(version, 0);
  header.writeInt16BE(1, 2);
  return Buffer.concat([header, Buffer.from(JSON.stringify(body))]);
}

function decode(
  data: Buffer | null | undefined,
): { readonly version: number; readonly body: Body } | undefined {
  if (data === null || data === undefined || data.length < 4 || data.readInt16BE(2) > VERSION)
    return undefined;
  const body: unknown = JSON.parse(data.toString('utf8', 4));
  return isBody(body) ? { version: data.readInt16BE(0), body } : undefined;
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null;
}

function clientOf(value: unknown): StreamsMetadata {
  const { server, active, standby }: Body = isBody(value) ? value : {};
  return {
    ...(typeof server === 'string' ? { applicationServer: server } : {}),
    activeTasks: parseTasks(typeof active === 'string' ? active : ''),
    standbyTasks: parseTasks(typeof standby === 'string' ? standby : ''),
  };
}

function numbers(value: unknown): Record<string, number> {
  const entries = Object.entries(isBody(value) ? value : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
