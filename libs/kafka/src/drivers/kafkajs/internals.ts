import { createRequire } from 'node:module';
import type { KafkaConfig } from 'kafkajs';

/*
 * The parts of kafkajs that this driver stands on: its connections (TCP, TLS, SASL, request queue, correlation). Its
 * producer and consumer are not used: they cannot keep header order, fetch without a group, send member and generation
 * with transactional offsets, or hold a rebalance until its listener ran. kafkajs exports none of these modules by
 * name, but has no `exports` either and is pinned to one version, after which nothing was released.
 */

/** kafkajs' logger shape. */
export interface InternalLogger {
  namespace(name: string): InternalLogger;
  debug(message: string, extra?: object): void;
  info(message: string, extra?: object): void;
  warn(message: string, extra?: object): void;
  error(message: string, extra?: object): void;
}

export interface InternalRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiName: string;
    readonly apiVersion: number;
    encode(): Promise<unknown>;
  };
  readonly response: { decode(bytes: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
}

export interface InternalConnection {
  disconnect(): Promise<unknown>;
  rejectRequests(error: Error): void;
  send(request: InternalRequest): Promise<unknown>;
}

export interface ConnectionPool {
  readonly pool: readonly [InternalConnection, InternalConnection];
}

export interface Broker {
  readonly connectionPool: ConnectionPool;
  /** Connects the first connection, asks for the API versions and authenticates. */
  connect(): Promise<void>;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const require = createRequire(import.meta.url);

const ConnectionPoolClass = require('kafkajs/src/network/connectionPool') as new (
  options: object,
) => ConnectionPool;
const BrokerClass = require('kafkajs/src/broker') as new (options: object) => Broker;
const RequestQueueClass = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
const defaultSocketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;

/**
 * kafkajs arms a timer that finds nothing to do and arms itself again a millisecond later, for every connection and
 * for ever. It is needed only while requests wait.
 */
const schedule = RequestQueueClass.prototype.scheduleCheckPendingRequests;
RequestQueueClass.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};

export interface BrokerOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly ssl: KafkaConfig['ssl'];
  readonly sasl: KafkaConfig['sasl'];
  readonly logger: InternalLogger;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export function createBroker(options: BrokerOptions): Broker {
  const connectionPool = new ConnectionPoolClass({
    host: options.host,
    port: options.port,
    clientId: options.clientId,
    ssl: options.ssl,
    sasl: options.sasl,
    logger: options.logger,
    socketFactory: defaultSocketFactory(),
    connectionTimeout: options.connectionTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    enforceRequestTimeout: true,
    maxInFlightRequests: null,
  });
  return new BrokerClass({
    connectionPool,
    logger: options.logger,
    authenticationTimeout: options.connectionTimeoutMs,
    allowAutoTopicCreation: false,
  });
}
