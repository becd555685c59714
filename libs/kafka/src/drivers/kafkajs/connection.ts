import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { KafkaConfig } from 'kafkajs';
import { ConnectionFault } from '../../core/errors.js';
import { tokenFrom } from '../../core/token.js';
import type { Connection, ConnectionOptions } from '../../core/transport.js';
import type { KafkaLogger, KafkaSecurity } from '../../port/client.js';
import { KafkaError } from '../../port/errors.js';
import type { WireRequest } from '../../wire/request.js';
import { Reader } from '../../wire/reader.js';
import { Writer } from '../../wire/writer.js';
import { fromKafkajs } from './errors.js';
import { createBroker, type Broker, type InternalConnection, type InternalLogger } from './internals.js';

const NOTHING = Buffer.alloc(0);

/** A connection of kafkajs: TCP or TLS, the agreement on versions, SASL, the queue of requests. */
export class KafkajsConnection implements Connection {
  private readonly address: string;
  private readonly requestTimeoutMs: number;
  private readonly broker: Broker;
  private readonly connection: InternalConnection;

  constructor(options: ConnectionOptions) {
    this.address = `${options.host}:${options.port}`;
    this.requestTimeoutMs = options.requestTimeoutMs;
    this.broker = createBroker({
      host: options.host,
      port: options.port,
      clientId: options.clientId,
      ssl: sslOf(options.security?.tls),
      sasl: saslOf(options.security?.sasl),
      logger: adaptLogger(options.logger),
      connectionTimeoutMs: options.connectTimeoutMs,
      requestTimeoutMs: options.requestTimeoutMs,
    });
    [this.connection] = this.broker.connectionPool.pool;
  }

  async open(): Promise<void> {
    try {
      await this.broker.connect();
    } catch (error) {
      throw fromKafkajs(error, `connecting to ${this.address}`);
    }
  }

  async send<T>(request: WireRequest<T>): Promise<T> {
    const limit = (request.waitMs ?? 0) + (request.timeoutMs ?? this.requestTimeoutMs);
    // kafkajs takes a limit below its own for its own.
    const timer =
      request.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            const message = `${request.apiName} to ${this.address}: no answer after ${limit} ms`;
            this.destroy(new ConnectionFault(message));
          }, limit);
    try {
      return (await this.connection.send({
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
        requestTimeout: limit,
        logResponseError: false,
      })) as T;
    } catch (error) {
      throw fromKafkajs(error, `${request.apiName} to ${this.address}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** kafkajs by itself would wait for the answers. */
  destroy(error: Error): void {
    this.connection.rejectRequests(error);
    // Nothing is pending any more, so that this only ends the socket.
    void this.connection.disconnect();
  }
}

/** kafkajs copies whatever looks like its encoder. */
function encoded(buffer: Buffer): object {
  return { buf: buffer, buffer, size: () => buffer.length };
}

function sslOf(tls: KafkaSecurity['tls']): boolean | TlsOptions | undefined {
  return tls === undefined || typeof tls === 'boolean' ? tls : { ...tls };
}

function saslOf(sasl: KafkaSecurity['sasl']): KafkaConfig['sasl'] {
  if (sasl?.mechanism !== 'oauthbearer') return sasl as KafkaConfig['sasl'];
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        const token = `n,,\u0001auth=Bearer ${await tokenFrom(sasl)}\u0001\u0001`;
        await saslAuthenticate({
          request: { encode: () => new Writer().bytesField(Buffer.from(token)).bytes() },
          response: { decode: (bytes) => new Reader(bytes).nullableBytes() ?? NOTHING, parse: assertTaken },
        });
      },
    }),
  };
}

/** A token is refused by an answer that is no error, with the reason in it (RFC 7628, 3.2.2); kafkajs does not look. */
function assertTaken(answer: Buffer): void {
  if (answer.length === 0) return;
  throw new KafkaError('DENIED', `the token was refused: ${answer.toString()}`);
}

/** kafkajs logs as errors what this driver retries or throws: it is detail. */
function adaptLogger(logger: KafkaLogger): InternalLogger {
  const log = (message: string, extra: object = {}): void => logger.debug(extra, `kafkajs: ${message}`);
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
