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
  readonly members: readonly { readonly memberId: string; readonly topics: readonly string[] }[];
}

/**
 * JoinGroup v5 of the protocol type `consumer`. A first join without a member id is answered with one and
 * MEMBER_ID_REQUIRED (KIP-394).
 */
export function joinGroupRequest(input: {
  readonly groupId: string;
  readonly memberId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocol: string;
  readonly topics: readonly string[];
}): WireRequest<JoinAnswer> {
  return {
    apiKey: 11,
    apiName: 'JoinGroup',
    apiVersion: 5,
    encode() {
      const subscription = new Writer();
      subscription
        .int16(0)
        .array(input.topics, (topic) => subscription.string(topic))
        .bytesField(null);
      const writer = new Writer();
      return writer
        .string(input.groupId)
        .int32(input.sessionTimeoutMs)
        .int32(input.rebalanceTimeoutMs)
        .string(input.memberId)
        .string(null) // group instance
        .string('consumer')
        .array([input.protocol], (name) => writer.string(name).bytesField(subscription.bytes()))
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
          reader.nullableString(); // group instance
          const subscription = new Reader(reader.nullableBytes() ?? Buffer.alloc(6));
          subscription.int16();
          return { memberId, topics: subscription.array(() => subscription.string()) };
        }),
      };
    },
    waitMs: input.rebalanceTimeoutMs,
  };
}

/** SyncGroup v3; only the leader has assignments to send. */
export function syncGroupRequest(input: {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly assignments: ReadonlyMap<string, readonly TopicPartition[]>;
  readonly waitMs: number;
}): WireRequest<{ readonly errorCode: number; readonly partitions: readonly TopicPartition[] }> {
  return {
    apiKey: 14,
    apiName: 'SyncGroup',
    apiVersion: 3,
    encode() {
      const writer = new Writer();
      return writer
        .string(input.groupId)
        .int32(input.generationId)
        .string(input.memberId)
        .string(null) // group instance
        .array([...input.assignments], ([memberId, partitions]) =>
          writer.string(memberId).bytesField(encodeAssignment(partitions)),
        )
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const errorCode = reader.int16();
      const assignment = reader.nullableBytes();
      return { errorCode, partitions: assignment === null ? [] : decodeAssignment(assignment) };
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

/** ConsumerProtocolAssignment v0: version int16, [topic string, [partition int32]], user data bytes. */
function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const writer = new Writer();
  return writer
    .int16(0)
    .array(byTopic(partitions), (entry) =>
      writer.string(entry.topic).array(entry.partitions, ({ partition }) => writer.int32(partition)),
    )
    .bytesField(null)
    .bytes();
}

function decodeAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = new Reader(bytes);
  reader.int16();
  return reader
    .array(() => {
      const topic = reader.string();
      return reader.array(() => ({ topic, partition: reader.int32() }));
    })
    .flat();
}
