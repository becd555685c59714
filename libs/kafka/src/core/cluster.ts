import { KafkaError } from '../port/errors.js';
import type { KafkaClientOptions, KafkaLogger } from '../port/client.js';
import type { TopicPartition } from '../port/records.js';
import { findCoordinatorRequest } from '../wire/coordinator.js';
import { brokerError, ErrorCode } from '../wire/error-codes.js';
import { metadataRequest, type BrokerAddress, type TopicMetadata } from '../wire/metadata.js';
import type { WireRequest } from '../wire/request.js';
import { BrokerAnswerError, isConnectionFault, toKafkaError } from './errors.js';
import { identityOf } from './identity.js';
import { Node } from './node.js';
import type { Transport } from './transport.js';

const CONNECT_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How old an answer about topics may be before it is asked again. Milliseconds; the Java client's default. */
const METADATA_MAX_AGE_MS = 300_000;

export type CoordinatorKind = 'group' | 'transaction';

/**
 * The connections of one producer, consumer or admin, and what it knows of the cluster: brokers, leaders and
 * coordinators. Each has its own, because a broker answers the requests of a connection in order and a join may wait
 * for minutes.
 *
 * Calls are tried once: a failed one drops the connection and what was known, so that trying again asks anew.
 */
export class Cluster {
  readonly closed: AbortSignal;
  readonly logger: KafkaLogger;
  private readonly transport: Transport;
  private readonly options: KafkaClientOptions;
  private readonly closing = new AbortController();
  private readonly nodes = new Map<string, Node>();
  private readonly topics = new Map<string, { readonly metadata: TopicMetadata; readonly at: number }>();
  private readonly coordinators = new Map<string, number>();
  private addresses = new Map<number, BrokerAddress>();
  private controllerId = -1;
  private bootstrapIndex = Math.floor(Math.random() * 1000);

  constructor(transport: Transport, options: KafkaClientOptions) {
    this.transport = transport;
    this.options = options;
    this.logger = options.logger ?? silent;
    this.closed = this.closing.signal;
  }

  /** Asks about topics; those that do not exist are answered with their error code. */
  async describe(topics: readonly string[] | null): Promise<readonly TopicMetadata[]> {
    const answer = await this.ask((node) => node.send(metadataRequest(topics)));
    this.addresses = new Map(answer.brokers.map((broker) => [broker.nodeId, broker]));
    this.controllerId = answer.controllerId;
    const at = Date.now();
    for (const metadata of answer.topics) {
      if (metadata.errorCode === ErrorCode.NONE) this.topics.set(metadata.topic, { metadata, at });
      else this.topics.delete(metadata.topic);
    }
    return answer.topics;
  }

  /** As known, if that is fresh: so that the usual case needs no promise. */
  known(topic: string): TopicMetadata | undefined {
    const entry = this.topics.get(topic);
    return entry === undefined || Date.now() - entry.at > METADATA_MAX_AGE_MS ? undefined : entry.metadata;
  }

  /** @throws KafkaError UNKNOWN_TOPIC, UNAVAILABLE */
  async topic(topic: string): Promise<TopicMetadata> {
    const known = this.known(topic);
    if (known !== undefined) return known;
    const metadata = (await this.describe([topic])).find((entry) => entry.topic === topic);
    if (metadata === undefined) throw new KafkaError('UNAVAILABLE', `no broker told about topic ${topic}`);
    if (metadata.errorCode !== ErrorCode.NONE) {
      throw this.answered(metadata.errorCode, `looking up topic ${topic}`);
    }
    return metadata;
  }

  /** @throws KafkaError UNKNOWN_TOPIC, and UNAVAILABLE while the partition has no leader */
  async leader({ topic, partition }: TopicPartition): Promise<number> {
    return this.leaderIn(await this.topic(topic), partition);
  }

  /** As {@link leader}, by what is known of the topic. */
  leaderIn({ topic, partitions }: TopicMetadata, partition: number): number {
    const found = partitions[partition];
    if (found === undefined) {
      throw new KafkaError(
        'UNKNOWN_TOPIC',
        `topic ${topic} has ${partitions.length} partitions, none ${partition}`,
      );
    }
    if (found.leader < 0) {
      this.forgetTopic(topic);
      throw new KafkaError(
        'UNAVAILABLE',
        `${topic}-${partition} has no leader (${brokerError(found.errorCode).name})`,
      );
    }
    return found.leader;
  }

  forgetTopic(topic: string): void {
    this.topics.delete(topic);
  }

  /** Sends to the broker with this id. `lane` 1 is for requests that wait, so that others need not wait behind them. */
  async send<T>(nodeId: number, request: WireRequest<T>, lane: 0 | 1 = 0): Promise<T> {
    return this.guarded(nodeId, (node) => node.send(request, lane));
  }

  /**
   * As {@link send}, for a request that is answered with an error code only.
   * @param where what is done, for the message
   * @throws BrokerAnswerError
   */
  async confirm(nodeId: number, request: WireRequest<number>, where: string): Promise<void> {
    const errorCode = await this.send(nodeId, request);
    if (errorCode !== ErrorCode.NONE) throw this.answered(errorCode, where);
  }

  /** The broker that coordinates a group or a transactional id. */
  async coordinator(kind: CoordinatorKind, key: string): Promise<number> {
    const known = this.coordinators.get(`${kind}:${key}`);
    if (known !== undefined) return known;
    const { errorCode, reason, broker } = await this.ask((node) =>
      node.send(findCoordinatorRequest(kind, key)),
    );
    if (errorCode !== ErrorCode.NONE) {
      throw this.answered(errorCode, `looking up the coordinator of ${kind} ${key}`, { reason });
    }
    this.addresses.set(broker.nodeId, broker);
    this.coordinators.set(`${kind}:${key}`, broker.nodeId);
    return broker.nodeId;
  }

  forgetCoordinator(kind: CoordinatorKind, key: string): void {
    this.coordinators.delete(`${kind}:${key}`);
  }

  async controller(): Promise<number> {
    if (this.controllerId < 0) await this.describe([]);
    return this.controllerId;
  }

  forgetController(): void {
    this.controllerId = -1;
  }

  async brokerIds(): Promise<readonly number[]> {
    await this.describe([]);
    return [...this.addresses.keys()];
  }

  /** The error for an answer; where access is denied it says to whom. @param where what was done */
  answered(
    errorCode: number,
    where: string,
    options: { readonly reason?: string | null } = {},
  ): BrokerAnswerError {
    return new BrokerAnswerError(errorCode, where, { ...options, asked: identityOf(this.options.security) });
  }

  /** @throws KafkaError UNAVAILABLE */
  async anyBroker(): Promise<number> {
    const [broker] = await this.brokerIds();
    if (broker === undefined) throw new KafkaError('UNAVAILABLE', 'the cluster has no broker at present');
    return broker;
  }

  /** Fails what is under way and closes the connections. Idempotent. */
  close(): void {
    this.closing.abort();
    for (const node of this.nodes.values()) node.destroy(closedError());
    this.nodes.clear();
  }

  private async guarded<T>(nodeId: number, call: (node: Node) => Promise<T>): Promise<T> {
    const address = this.addresses.get(nodeId) ?? (await this.refreshed(nodeId));
    return this.over(this.node(address.host, address.port), call);
  }

  /** Asks any broker. */
  private async ask<T>(call: (node: Node) => Promise<T>): Promise<T> {
    return this.over(await this.anyNode(), call);
  }

  private async over<T>(node: Node, call: (node: Node) => Promise<T>): Promise<T> {
    try {
      return await call(node);
    } catch (error) {
      this.drop(node, error);
      throw this.closed.aborted ? closedError(error) : error;
    }
  }

  private async refreshed(nodeId: number): Promise<BrokerAddress> {
    await this.describe([]);
    const address = this.addresses.get(nodeId);
    if (address === undefined) {
      this.coordinators.clear();
      this.topics.clear();
      throw new KafkaError('UNAVAILABLE', `broker ${nodeId} is not in the cluster at present`);
    }
    return address;
  }

  /** A connection to ask general questions over: a known broker's, else one from the configuration. */
  private async anyNode(): Promise<Node> {
    const addresses: { readonly host: string; readonly port: number }[] = [...this.addresses.values()];
    const bootstrap = this.options.brokers.map(parseAddress);
    const start = this.bootstrapIndex++;
    for (let index = 0; index < bootstrap.length; index++) {
      const address = bootstrap[(start + index) % bootstrap.length];
      if (address !== undefined) addresses.push(address);
    }
    let last: unknown;
    for (const { host, port } of addresses) {
      const node = this.node(host, port);
      try {
        await node.connect();
        return node;
      } catch (error) {
        this.drop(node, error);
        if (this.closed.aborted) throw closedError(error);
        if (error instanceof KafkaError && error.code === 'DENIED') throw error;
        last = error;
      }
    }
    const why = toKafkaError(last, 'connecting').message;
    throw new KafkaError('UNAVAILABLE', `no broker answers at ${this.options.brokers.join(', ')}: ${why}`, {
      cause: last,
    });
  }

  private node(host: string, port: number): Node {
    if (this.closed.aborted) throw closedError();
    const key = `${host}:${port}`;
    let node = this.nodes.get(key);
    if (node === undefined) {
      node = new Node(this.transport, {
        host,
        port,
        clientId: this.options.clientId,
        security: this.options.security,
        logger: this.logger,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
      });
      this.nodes.set(key, node);
    }
    return node;
  }

  /** A connection that failed once is not used again: the next answer may be the rest of a torn one. */
  private drop(node: Node, error: unknown): void {
    if (!isConnectionFault(error)) return;
    node.destroy(toKafkaError(error, `connection to ${node.address}`));
    if (this.nodes.get(node.address) === node) this.nodes.delete(node.address);
    this.topics.clear();
    this.coordinators.clear();
    this.addresses.clear();
    this.controllerId = -1;
  }
}

const silent: KafkaLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function parseAddress(broker: string): { host: string; port: number } {
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(broker.slice(colon + 1)) };
}

function closedError(cause?: unknown): KafkaError {
  return new KafkaError('CLOSED', 'the client was closed', { cause });
}
