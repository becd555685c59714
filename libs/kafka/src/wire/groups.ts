import type { MemberAssignment, MemberSubscription } from '../port/assignor.js';
import type { GroupMetadata } from '../port/consumer.js';
import type { TopicPartition } from '../port/records.js';
import { Reader } from './reader.js';
import { byTopic, firstError, type WireRequest } from './request.js';
import { Writer } from './writer.js';

export interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  /** Only the leader is told. */
  readonly members: readonly MemberSubscription[];
}

/** What a member says of itself under one of the protocols that it offers. */
export interface OfferedProtocol {
  readonly name: string;
  readonly userData: Buffer | null;
}

/**
 * JoinGroup v5 of the protocol type `consumer`. A first join without a member id is answered with one and
 * MEMBER_ID_REQUIRED (KIP-394), unless it names a group instance.
 */
export function joinGroupRequest(input: {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** In order of preference. */
  readonly protocols: readonly OfferedProtocol[];
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  /** The generation that gave what is owned; −1 for none. */
  readonly generationId: number;
}): WireRequest<JoinAnswer> {
  return {
    apiKey: 11,
    apiName: 'JoinGroup',
    apiVersion: 5,
    encode() {
      const writer = new Writer();
      return writer
        .string(input.groupId)
        .int32(input.sessionTimeoutMs)
        .int32(input.rebalanceTimeoutMs)
        .string(input.memberId)
        .string(input.instanceId ?? null)
        .string('consumer')
        .array(input.protocols, ({ name, userData }) =>
          writer.string(name).bytesField(encodeSubscription({ ...input, userData })),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return {
        errorCode: reader.int16(),
        generationId: reader.int32(),
        protocol: reader.string(),
        leaderId: reader.string(),
        memberId: reader.string(),
        members: reader.array(() => {
          const memberId = reader.string();
          const instanceId = reader.nullableString();
          const subscription = decodeSubscription(reader.nullableBytes());
          return { memberId, ...(instanceId === null ? {} : { instanceId }), ...subscription };
        }),
      };
    },
    waitMs: input.rebalanceTimeoutMs,
  };
}

/** SyncGroup v3; only the leader has assignments to send. */
export function syncGroupRequest(input: {
  readonly group: GroupMetadata;
  readonly assignments: ReadonlyMap<string, MemberAssignment>;
  readonly waitMs: number;
}): WireRequest<{ readonly errorCode: number; readonly assignment: MemberAssignment }> {
  const { group } = input;
  return {
    apiKey: 14,
    apiName: 'SyncGroup',
    apiVersion: 3,
    encode() {
      const writer = new Writer();
      return writer
        .string(group.groupId)
        .int32(group.generationId)
        .string(group.memberId)
        .string(group.instanceId ?? null)
        .array([...input.assignments], ([memberId, assignment]) =>
          writer.string(memberId).bytesField(encodeAssignment(assignment)),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return { errorCode: reader.int16(), assignment: decodeAssignment(reader.nullableBytes()) };
    },
    waitMs: input.waitMs,
  };
}

/** Heartbeat v3. One without an answer must leave time for another within the session. */
export function heartbeatRequest(group: GroupMetadata, timeoutMs: number): WireRequest<number> {
  return {
    apiKey: 12,
    apiName: 'Heartbeat',
    apiVersion: 3,
    encode() {
      return new Writer()
        .string(group.groupId)
        .int32(group.generationId)
        .string(group.memberId)
        .string(group.instanceId ?? null)
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return reader.int16();
    },
    timeoutMs,
  };
}

/** LeaveGroup v3; answered with the first error code. */
export function leaveGroupRequest(group: GroupMetadata): WireRequest<number> {
  return {
    apiKey: 13,
    apiName: 'LeaveGroup',
    apiVersion: 3,
    encode() {
      const writer = new Writer();
      return writer
        .string(group.groupId)
        .array([group], ({ memberId, instanceId }) => writer.string(memberId).string(instanceId ?? null))
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const code = reader.int16();
      const members = reader.array(() => {
        reader.string();
        reader.nullableString();
        return reader.int16();
      });
      return firstError([code, ...members]);
    },
  };
}

/** ConsumerProtocolSubscription: version int16, [topic string], user data bytes. */
const SUBSCRIPTION_VERSION = 2;

/**
 * Since v1 then [topic string, [partition int32]] of what is owned, since v2 the generation int32 that gave it. Readers
 * of an older version pass over what follows. A member that asks for a rebalance gets one because the generation is
 * another than in its last subscription: the coordinator passes over one that says nothing new.
 */
function encodeSubscription(subscription: {
  readonly topics: readonly string[];
  readonly userData: Buffer | null;
  readonly owned: readonly TopicPartition[];
  readonly generationId: number;
}): Buffer {
  const writer = new Writer();
  writer
    .int16(SUBSCRIPTION_VERSION)
    .array(subscription.topics, (topic) => writer.string(topic))
    .bytesField(subscription.userData);
  return writePartitions(writer, subscription.owned).int32(subscription.generationId).bytes();
}

function decodeSubscription(
  bytes: Buffer | null,
): Pick<MemberSubscription, 'topics' | 'userData' | 'ownedPartitions'> {
  if (bytes === null || bytes.length === 0) return { topics: [], userData: null, ownedPartitions: [] };
  const reader = new Reader(bytes);
  const version = reader.int16();
  return {
    topics: reader.array(() => reader.string()),
    userData: reader.nullableBytes(),
    ownedPartitions: version < 1 ? [] : readPartitions(reader),
  };
}

/** ConsumerProtocolAssignment v0: version int16, [topic string, [partition int32]], user data bytes. */
function encodeAssignment({ partitions, userData }: MemberAssignment): Buffer {
  return writePartitions(new Writer().int16(0), partitions)
    .bytesField(userData ?? null)
    .bytes();
}

function decodeAssignment(bytes: Buffer | null): MemberAssignment {
  if (bytes === null || bytes.length === 0) return { partitions: [] };
  const reader = new Reader(bytes);
  reader.int16();
  return { partitions: readPartitions(reader), userData: reader.nullableBytes() };
}

function writePartitions(writer: Writer, partitions: readonly TopicPartition[]): Writer {
  return writer.array(byTopic(partitions), (entry) =>
    writer.string(entry.topic).array(entry.partitions, ({ partition }) => writer.int32(partition)),
  );
}

function readPartitions(reader: Reader): TopicPartition[] {
  return reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => ({ topic, partition: reader.int32() }));
    })
    .flat();
}
