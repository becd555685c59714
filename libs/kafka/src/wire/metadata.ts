import { Reader } from './reader.js';
import type { WireRequest } from './request.js';
import { Writer } from './writer.js';

export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface PartitionMetadata {
  readonly errorCode: number;
  readonly partition: number;
  /** `-1` while there is none. */
  readonly leader: number;
  readonly replicas: readonly number[];
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  readonly internal: boolean;
  /** In order of the partition numbers. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface ClusterMetadata {
  readonly brokers: readonly BrokerAddress[];
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** Metadata v5, of all topics for `null`; never creates a topic. */
export function metadataRequest(topics: readonly string[] | null): WireRequest<ClusterMetadata> {
  return {
    apiKey: 3,
    apiName: 'Metadata',
    apiVersion: 5,
    encode() {
      const writer = new Writer();
      return writer
        .array(topics, (topic) => writer.string(topic))
        .boolean(false)
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      const brokers = reader.array(() => {
        const broker = { nodeId: reader.int32(), host: reader.string(), port: reader.int32() };
        reader.nullableString(); // rack
        return broker;
      });
      reader.nullableString(); // cluster id
      const controllerId = reader.int32();
      const described = reader.array(() => ({
        errorCode: reader.int16(),
        topic: reader.string(),
        internal: reader.boolean(),
        partitions: reader
          .array(() => {
            const partition = {
              errorCode: reader.int16(),
              partition: reader.int32(),
              leader: reader.int32(),
              replicas: reader.array(() => reader.int32()),
            };
            reader.array(() => reader.int32()); // in-sync replicas
            reader.array(() => reader.int32()); // offline replicas
            return partition;
          })
          .sort((a, b) => a.partition - b.partition),
      }));
      return { brokers, controllerId, topics: described };
    },
  };
}
