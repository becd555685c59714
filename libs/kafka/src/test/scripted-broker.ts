import type { Connection, Transport } from '../core/transport.js';
import type { CreateTopicResult } from '../wire/create-topics.js';
import type { ClusterMetadata } from '../wire/metadata.js';
import type { ProduceResult } from '../wire/produce.js';
import type { WireRequest } from '../wire/request.js';

/** What a produce request holds of its one batch. */
export interface ProducedBatch {
  readonly producerId: bigint;
  readonly sequence: number;
  readonly count: number;
}

/** One answer to a produce request: an error code (0 is success), or an error where no answer comes. */
export type ProduceAnswer = number | Error;

/** Of the topic in Metadata: an error code, 0 where it exists. */
export type LookupAnswer = number | Error;

export const TOPIC = 'scripted';
const BROKER = { nodeId: 1, host: '127.0.0.1', port: 1 };

/**
 * A broker with one topic, of one partition unless told otherwise, that answers as it is told: for the faults that a real one has once in a
 * million. What the script does not foresee succeeds.
 */
export class ScriptedBroker {
  readonly produced: ProducedBatch[] = [];
  produceAnswers: ProduceAnswer[] = [];
  /** Asked for each lookup of the topic. */
  lookup: () => LookupAnswer = () => 0;
  lookups = 0;
  /** Error codes, one for each request to add partitions to a transaction. */
  enrolAnswers: number[] = [];
  /** Error codes, or errors where no answer comes, one for each request to create the topic. */
  createAnswers: LookupAnswer[] = [];
  private readonly partitions: number;
  private producers = 0n;

  constructor(partitions = 1) {
    this.partitions = partitions;
  }

  readonly transport: Transport = {
    name: 'scripted',
    load: async () => () => this.connection(),
  };

  private connection(): Connection {
    return {
      open: async () => {},
      send: async <T>(request: WireRequest<T>): Promise<T> => this.answer(request) as T,
      destroy: () => {},
    };
  }

  private answer(request: WireRequest<unknown>): unknown {
    switch (request.apiName) {
      case 'Metadata':
        return this.metadata(request.encode());
      case 'InitProducerId':
        return { errorCode: 0, producerId: this.producers++, epoch: 0 };
      case 'Produce':
        return this.produce(request.encode());
      case 'FindCoordinator':
        return { errorCode: 0, reason: null, broker: BROKER };
      case 'AddPartitionsToTxn':
        return [{ topic: TOPIC, partition: 0, errorCode: this.enrolAnswers.shift() ?? 0 }];
      case 'EndTxn':
      case 'LeaveGroup':
        return 0;
      case 'CreateTopics':
        return this.create();
      case 'JoinGroup':
        return {
          errorCode: 0,
          generationId: 1,
          protocol: 'range',
          leaderId: 'member',
          memberId: 'member',
          members: [{ memberId: 'member', topics: [TOPIC], ownedPartitions: [], userData: null }],
        };
      case 'SyncGroup':
        return { errorCode: 0, assignment: { partitions: [] } };
      default:
        throw new Error(`the script has no answer to ${request.apiName}`);
    }
  }

  private metadata(request: Buffer): ClusterMetadata {
    const brokers = [BROKER];
    // The array of topics comes first, with its length.
    if (request.readInt32BE(0) === 0) return { brokers, controllerId: 1, topics: [] };
    this.lookups++;
    const answer = this.lookup();
    if (answer instanceof Error) throw answer;
    const count = answer === 0 ? this.partitions : 0;
    const partitions = Array.from({ length: count }, (_, partition) => ({
      errorCode: 0,
      partition,
      leader: BROKER.nodeId,
      replicas: [BROKER.nodeId],
    }));
    return {
      brokers,
      controllerId: 1,
      topics: [{ errorCode: answer, topic: TOPIC, internal: false, partitions }],
    };
  }

  private create(): readonly CreateTopicResult[] {
    const answer = this.createAnswers.shift() ?? 0;
    if (answer instanceof Error) throw answer;
    return [{ topic: TOPIC, errorCode: answer, reason: null }];
  }

  private produce(request: Buffer): readonly ProduceResult[] {
    // Transactional id (null), acks, timeout, one topic with its name, one partition with its number and length.
    const batch = 2 + 2 + 4 + 4 + 2 + TOPIC.length + 4 + 4 + 4;
    this.produced.push({
      producerId: request.readBigInt64BE(batch + 43),
      sequence: request.readInt32BE(batch + 53),
      count: request.readInt32BE(batch + 57),
    });
    const answer = this.produceAnswers.shift() ?? 0;
    if (answer instanceof Error) throw answer;
    return [
      {
        topic: TOPIC,
        partition: 0,
        errorCode: answer,
        baseOffset: answer === 0 ? 0 : -1,
        refused: [],
        reason: null,
      },
    ];
  }
}
