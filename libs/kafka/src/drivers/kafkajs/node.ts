import type { ConnectionOptions } from 'node:tls';
import type { KafkaConfig } from 'kafkajs';
import type { KafkaClientOptions, KafkaSecurity } from '../../port/client.js';
import type { WireRequest } from '../../wire/request.js';
import { toKafkaError } from '../../core/errors.js';
import {
  createBroker,
  internalRequest,
  type Broker,
  type Connection,
  type InternalLogger,
  type InternalRequest,
  type RequestName,
} from './internals.js';

const CONNECTION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** The connections to one broker. Used until the first connection fault, then destroyed. */
export class Node {
  readonly address: string;
  private readonly broker: Broker;
  private destroyed: Error | undefined;
  private readonly lanes: [Promise<Connection> | undefined, Promise<Connection> | undefined] = [
    undefined,
    undefined,
  ];

  constructor(host: string, port: number, options: KafkaClientOptions) {
    this.address = `${host}:${port}`;
    this.broker = createBroker({
      host,
      port,
      clientId: options.clientId,
      ssl: sslOf(options.security?.tls),
      sasl: options.security?.sasl as KafkaConfig['sasl'],
      logger: adaptLogger(options),
      connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
  }

  /** Connects, agrees on versions and authenticates, once. */
  async connect(): Promise<void> {
    await this.lane(0);
  }

  async send<T>(request: WireRequest<T>, lane: 0 | 1 = 0): Promise<T> {
    const connection = await this.lane(lane);
    const internal: InternalRequest = {
      request: {
        apiKey: request.apiKey,
        apiName: request.apiName,
        apiVersion: request.apiVersion,
        encode: async () => encoded(request.encode()),
      },
      response: {
        decode: async (bytes) => ({ result: request.decode(bytes) }),
        parse: async (data) => (data as { result: T }).result,
      },
      requestTimeout: (request.waitMs ?? 0) + REQUEST_TIMEOUT_MS,
      logResponseError: false,
    };
    try {
      return (await connection.send(internal)) as T;
    } catch (error) {
      throw toKafkaError(error, `${request.apiName} to ${this.address}`);
    }
  }

  async call(name: RequestName, input: object, lane: 0 | 1 = 0): Promise<unknown> {
    const connection = await this.lane(lane);
    try {
      return await connection.send({ ...internalRequest(this.broker, name, input), logResponseError: false });
    } catch (error) {
      throw toKafkaError(error, `${name} to ${this.address}`);
    }
  }

  /** Fails what is under way with `error` and closes. kafkajs by itself would wait for the answers. */
  destroy(error: Error): void {
    this.destroyed ??= error;
    for (const connection of this.broker.connectionPool.pool) {
      connection.rejectRequests(error);
      // Nothing is pending any more, so that this only ends the socket.
      void connection.disconnect();
    }
  }

  private lane(index: 0 | 1): Promise<Connection> {
    let lane = this.lanes[index];
    if (lane === undefined) {
      lane = this.open(index).catch((error: unknown) => {
        throw toKafkaError(error, `connecting to ${this.address}`);
      });
      this.lanes[index] = lane;
    }
    return lane;
  }

  private async open(index: 0 | 1): Promise<Connection> {
    const connection = this.broker.connectionPool.pool[index];
    if (index === 0) {
      await this.broker.connect();
    } else {
      await this.lane(0);
      await connection.connect();
    }
    if (this.destroyed !== undefined) {
      void connection.disconnect();
      throw this.destroyed;
    }
    return connection;
  }
}

/** kafkajs copies whatever looks like its encoder. */
function encoded(buffer: Buffer): object {
  return { buf: buffer, buffer, size: () => buffer.length };
}

function sslOf(tls: KafkaSecurity['tls']): boolean | ConnectionOptions | undefined {
  return tls === undefined || typeof tls === 'boolean' ? tls : { ...tls };
}

/** kafkajs logs as errors what this driver retries or throws: it is detail. */
function adaptLogger({ logger }: KafkaClientOptions): InternalLogger {
  const log = (message: string, extra: object = {}): void => logger?.debug(extra, `kafkajs: ${message}`);
  const adapted: InternalLogger = {
    namespace: () => adapted,
    // One line a request, built even when nobody reads it.
    debug: () => {},
    info: log,
    warn: log,
    error: log,
  };
  return adapted;
}
