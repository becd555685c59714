import type { Admin, TopicDescription, TopicSpec } from '../port/admin.js';
import type { GroupMetadata } from '../port/consumer.js';
import { KafkaError } from '../port/errors.js';
import type { PartitionOffset, TopicPartition } from '../port/records.js';
import {
  deleteGroupsRequest,
  deleteRecordsRequest,
  deleteTopicsRequest,
  describeTopicConfigRequest,
} from '../wire/admin.js';
import { createTopicsRequest } from '../wire/create-topics.js';
import { ErrorCode } from '../wire/error-codes.js';
import { leaveGroupRequest } from '../wire/groups.js';
import { metadataRequest, type TopicMetadata } from '../wire/metadata.js';
import { offsetCommitRequest } from '../wire/offsets.js';
import type { WireRequest } from '../wire/request.js';
import type { Cluster } from './cluster.js';
import { BrokerAnswerError } from './errors.js';
import { committedOffsets, listOffsets } from './offsets-lookup.js';
import { partitionKey } from './producer-session.js';
import { delay, retrying } from './retry.js';

/** How long an operation goes on being tried, and waited for. */
const TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 20;

export class ClusterAdmin implements Admin {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    if (topics.length === 0) return [];
    const names = topics.map(({ name }) => name);
    const described = await this.retried(() => this.cluster.describe(names));
    const before = new Set(
      described.filter(({ errorCode }) => errorCode === ErrorCode.NONE).map(({ topic }) => topic),
    );
    const created: string[] = [];
    let pending = topics;
    let unanswered = false;
    await this.retried(
      async () => {
        const controller = await this.cluster.controller();
        const request = createTopicsRequest(pending, TIMEOUT_MS);
        const results = await this.cluster.send(controller, request).catch((error: unknown) => {
          unanswered = true;
          throw error;
        });
        let again: KafkaError | undefined;
        for (const { topic, errorCode, reason } of results) {
          const exists = errorCode === ErrorCode.TOPIC_ALREADY_EXISTS;
          if (errorCode !== ErrorCode.NONE && !exists) {
            const error = this.cluster.answered(errorCode, `creating topic ${topic}`, { reason });
            if (!error.retriable) throw error;
            unanswered ||= errorCode === ErrorCode.REQUEST_TIMED_OUT;
            again ??= error;
            continue;
          }
          // With an answer lost, one that was not there before is taken to be ours.
          if (!exists || (unanswered && !before.has(topic))) created.push(topic);
          pending = pending.filter(({ name }) => name !== topic);
        }
        if (again !== undefined) throw again;
      },
      () => this.cluster.forgetController(),
    );
    await this.everywhere(
      names,
      (topic) => topic.errorCode === ErrorCode.NONE && topic.partitions.every(({ leader }) => leader >= 0),
      'have leaders',
    );
    return created;
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    const existing = (await this.describeTopics(names)).map(({ name }) => name);
    if (existing.length === 0) return;
    await this.retried(async () => {
      try {
        await this.cluster.confirm(
          await this.cluster.controller(),
          deleteTopicsRequest(existing, TIMEOUT_MS),
          `deleting topics ${existing.join(', ')}`,
        );
      } catch (error) {
        // Someone else was faster, or an answer was lost.
        if (!isAnswer(error, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error;
      }
    });
    await this.everywhere(
      existing,
      (topic) => topic.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      'be gone',
    );
  }

  async listTopics(): Promise<readonly string[]> {
    const topics = await this.retried(() => this.cluster.describe(null));
    return topics
      .filter(({ internal }) => !internal)
      .map(({ topic }) => topic)
      .sort();
  }

  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    if (names.length === 0) return [];
    return this.retried(async () => {
      const descriptions: TopicDescription[] = [];
      for (const { errorCode, topic, partitions } of await this.cluster.describe(names)) {
        if (errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) continue;
        if (errorCode !== ErrorCode.NONE) throw this.cluster.answered(errorCode, `describing topic ${topic}`);
        const replicationFactor = partitions[0]?.replicas.length ?? 0;
        descriptions.push({ name: topic, partitions: partitions.length, replicationFactor });
      }
      return descriptions;
    });
  }

  async topicConfig(name: string): Promise<Readonly<Record<string, string>>> {
    return this.retried(async () => {
      const request = describeTopicConfigRequest(name);
      const { errorCode, reason, config } = await this.cluster.send(await this.cluster.anyBroker(), request);
      if (errorCode !== ErrorCode.NONE) {
        throw this.cluster.answered(errorCode, `describing the configuration of topic ${name}`, { reason });
      }
      return config;
    });
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return listOffsets(this.cluster, partitions, 'earliest', true);
  }

  endOffsets(
    partitions: readonly TopicPartition[],
    isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
  ): Promise<readonly PartitionOffset[]> {
    return listOffsets(this.cluster, partitions, 'latest', isolation === 'read_committed');
  }

  groupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return committedOffsets(this.cluster, groupId, partitions ?? null);
  }

  async setGroupOffsets(groupId: string, offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    const nobody = { groupId, memberId: '', generationId: -1 };
    await this.coordinated(
      groupId,
      offsetCommitRequest(nobody, offsets),
      `setting offsets of group ${groupId}`,
    );
  }

  async removeMember(member: GroupMetadata): Promise<void> {
    const { groupId, memberId } = member;
    try {
      await this.coordinated(
        groupId,
        leaveGroupRequest(member),
        `removing ${memberId} from group ${groupId}`,
      );
    } catch (error) {
      if (!isAnswer(error, ErrorCode.UNKNOWN_MEMBER_ID)) throw error;
    }
  }

  async deleteGroup(groupId: string): Promise<void> {
    try {
      await this.coordinated(groupId, deleteGroupsRequest([groupId]), `deleting group ${groupId}`);
    } catch (error) {
      if (!isAnswer(error, ErrorCode.GROUP_ID_NOT_FOUND)) throw error;
    }
  }

  async deleteRecordsBefore(offsets: readonly PartitionOffset[]): Promise<void> {
    await this.retried(async () => {
      for (const offset of offsets) {
        await this.cluster.confirm(
          await this.cluster.leader(offset),
          deleteRecordsRequest([offset], TIMEOUT_MS),
          `deleting records of ${partitionKey(offset)}`,
        );
      }
    });
  }

  async brokerCount(): Promise<number> {
    return (await this.retried(() => this.cluster.brokerIds())).length;
  }

  async close(): Promise<void> {
    this.cluster.close();
  }

  private coordinated(groupId: string, request: WireRequest<number>, where: string): Promise<void> {
    return this.retried(
      async () => this.cluster.confirm(await this.cluster.coordinator('group', groupId), request, where),
      () => this.cluster.forgetCoordinator('group', groupId),
    );
  }

  /** Waits until every broker sees the topics so: each learns of a change by itself. */
  private async everywhere(
    names: readonly string[],
    done: (topic: TopicMetadata) => boolean,
    what: string,
  ): Promise<void> {
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const seen = await this.retried(async () => {
        const brokers = await this.cluster.brokerIds();
        return Promise.all(brokers.map((broker) => this.cluster.send(broker, metadataRequest(names))));
      });
      if (seen.every(({ topics }) => topics.every(done))) return;
      if (Date.now() > deadline) {
        throw new KafkaError(
          'UNAVAILABLE',
          `topics ${names.join(', ')} do not ${what} after ${TIMEOUT_MS} ms`,
        );
      }
      await delay(POLL_INTERVAL_MS, this.cluster.closed);
    }
  }

  private retried<T>(call: () => Promise<T>, onRetry?: () => void): Promise<T> {
    return retrying(call, {
      deadline: Date.now() + TIMEOUT_MS,
      signal: this.cluster.closed,
      ...(onRetry === undefined ? {} : { onRetry }),
    });
  }
}

function isAnswer(error: unknown, errorCode: number): boolean {
  return error instanceof BrokerAnswerError && error.errorCode === errorCode;
}
