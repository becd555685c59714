import type { Admin, TopicDescription, TopicSpec } from '../port/admin.js';
import { KafkaError } from '../port/errors.js';
import type { PartitionOffset, TopicPartition } from '../port/records.js';
import { createTopicsRequest } from '../wire/create-topics.js';
import { ErrorCode } from '../wire/error-codes.js';
import { metadataRequest, type TopicMetadata } from '../wire/metadata.js';
import { byTopic } from '../wire/request.js';
import type { Cluster } from './cluster.js';
import { BrokerAnswerError } from './errors.js';
import type { RequestName } from '../drivers/kafkajs/internals.js';
import { committedOffsets, listOffsets } from './offsets-lookup.js';
import { delay, retrying } from './retry.js';

/** How long an operation goes on being tried, and waited for. */
const TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 20;
const RESOURCE_TOPIC = 2;

export class ClusterAdmin implements Admin {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]> {
    if (topics.length === 0) return [];
    const created: string[] = [];
    const results = await this.retried(async () =>
      this.cluster.send(await this.cluster.controller(), createTopicsRequest(topics, TIMEOUT_MS)),
    );
    for (const { topic, errorCode, reason } of results) {
      if (errorCode === ErrorCode.NONE) created.push(topic);
      else if (errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS) {
        throw new BrokerAnswerError(errorCode, `creating topic ${topic}`, { reason });
      }
    }
    await this.everywhere(
      topics.map(({ name }) => name),
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
        await this.cluster.call(await this.cluster.controller(), 'DeleteTopics', {
          topics: existing,
          timeout: TIMEOUT_MS,
        });
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
        if (errorCode !== ErrorCode.NONE) throw new BrokerAnswerError(errorCode, `describing topic ${topic}`);
        const replicationFactor = partitions[0]?.replicas.length ?? 0;
        descriptions.push({ name: topic, partitions: partitions.length, replicationFactor });
      }
      return descriptions;
    });
  }

  async topicConfig(name: string): Promise<Readonly<Record<string, string>>> {
    const answer = (await this.anyBroker('DescribeConfigs', {
      resources: [{ type: RESOURCE_TOPIC, name }],
    })) as { resources: { configEntries: { configName: string; configValue: string | null }[] }[] };
    const entries = answer.resources[0]?.configEntries ?? [];
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue ?? '']));
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
    const topics = byTopic(offsets).map((entry) => ({
      topic: entry.topic,
      partitions: entry.partitions.map(({ partition, offset }) => ({ partition, offset: offset.toString() })),
    }));
    // Without member and generation: the coordinator takes it as long as the group is empty.
    await this.coordinated(groupId, 'OffsetCommit', { groupId, memberId: '', groupGenerationId: -1, topics });
  }

  async deleteGroup(groupId: string): Promise<void> {
    try {
      await this.coordinated(groupId, 'DeleteGroups', [groupId]);
    } catch (error) {
      if (!isAnswer(error, ErrorCode.GROUP_ID_NOT_FOUND)) throw error;
    }
  }

  async deleteRecordsBefore(offsets: readonly PartitionOffset[]): Promise<void> {
    await this.retried(async () => {
      for (const { topic, partition, offset } of offsets) {
        await this.cluster.call(await this.cluster.leader({ topic, partition }), 'DeleteRecords', {
          topics: [{ topic, partitions: [{ partition, offset: offset.toString() }] }],
          timeout: TIMEOUT_MS,
        });
      }
    });
  }

  async brokerCount(): Promise<number> {
    return (await this.retried(() => this.cluster.brokerIds())).length;
  }

  async close(): Promise<void> {
    this.cluster.close();
  }

  private anyBroker(name: RequestName, input: object): Promise<unknown> {
    return this.retried(async () => {
      const [broker] = await this.cluster.brokerIds();
      if (broker === undefined) throw new KafkaError('UNAVAILABLE', 'the cluster has no broker at present');
      return this.cluster.call(broker, name, input);
    });
  }

  private coordinated(groupId: string, name: RequestName, input: object): Promise<unknown> {
    return this.retried(
      async () => this.cluster.call(await this.cluster.coordinator('group', groupId), name, input),
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
