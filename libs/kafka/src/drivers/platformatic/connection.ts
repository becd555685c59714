import type { ConnectionOptions as TlsOptions } from 'node:tls';
import {
  AuthenticationError,
  Connection as Client,
  ConnectionStatuses,
  Writer,
  type SASLOptions,
} from '@platformatic/kafka';
import { ConnectionFault } from '../../core/errors.js';
import { tokenFrom } from '../../core/token.js';
import type { Connection, ConnectionOptions } from '../../core/transport.js';
import type { KafkaSecurity } from '../../port/client.js';
import type { WireRequest } from '../../wire/request.js';
import { fromPlatformatic } from './errors.js';

/** The client's limit is of a connection, ours of a request. The longest that a timer takes. Milliseconds. */
const NO_REQUEST_TIMEOUT = 0x7fff_ffff;
/** The caller limits what is under way; a request must not wait here without having been sent. */
const NO_INFLIGHT_LIMIT = 1_000_000;

/** A connection of @platformatic/kafka: TCP or TLS, SASL, requests and their answers. */
export class PlatformaticConnection implements Connection {
  private readonly options: ConnectionOptions;
  private readonly address: string;
  private readonly client: Client;
  private fault: Error | undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.address = `${options.host}:${options.port}`;
    const tls = tlsOf(options.security?.tls);
    const sasl = saslOf(options.security?.sasl);
    this.client = new Client(options.clientId, {
      connectTimeout: options.connectTimeoutMs,
      requestTimeout: NO_REQUEST_TIMEOUT,
      maxInflights: NO_INFLIGHT_LIMIT,
      ...(tls === undefined ? {} : { tls }),
      ...(sasl === undefined ? {} : { sasl }),
    });
    // Requests under way fail by themselves; without a listener the process would end.
    this.client.on('error', (error) => {
      this.fault ??= fromPlatformatic(error, `connection to ${this.address}`);
    });
  }

  async open(): Promise<void> {
    try {
      await this.client.connect(this.options.host, this.options.port);
    } catch (error) {
      const fault = fromPlatformatic(error, `connecting to ${this.address}`);
      this.destroy(fault);
      throw fault;
    }
  }

  async send<T>(request: WireRequest<T>): Promise<T> {
    if (this.client.status === ConnectionStatuses.REAUTHENTICATING) await this.reauthenticated();
    return new Promise((resolve, reject) => {
      const limit = (request.waitMs ?? 0) + (request.timeoutMs ?? this.options.requestTimeoutMs);
      const timer = setTimeout(() => {
        this.destroy(
          new ConnectionFault(`${request.apiName} to ${this.address}: no answer after ${limit} ms`),
        );
      }, limit);
      this.client.send(
        request.apiKey,
        request.apiVersion,
        () => Writer.create().append(request.encode()),
        (_correlationId, _apiKey, _apiVersion, reader) => request.decode(reader.buffer.slice()),
        // Our codecs read and write the tagged fields of both headers.
        false,
        false,
        (error, result) => {
          clearTimeout(timer);
          if (error === null) resolve(result as T);
          else reject(this.fault ?? fromPlatformatic(error, `${request.apiName} to ${this.address}`));
        },
      );
    });
  }

  /** While a session is renewed nothing else may be sent (KIP-368), which the client does not see to. */
  private reauthenticated(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ['connect', 'error', 'close'] as const) this.client.off(event, done);
        resolve();
      };
      for (const event of ['connect', 'error', 'close'] as const) this.client.on(event, done);
    });
  }

  destroy(error: Error): void {
    this.fault ??= error;
    // Ends a connecting under way too; but it waits for what is being written, which a broker that hangs never takes.
    void this.client.close();
    this.client.socket?.destroy();
  }
}

function tlsOf(tls: KafkaSecurity['tls']): TlsOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  return tls === true ? {} : { ...tls };
}

function saslOf(sasl: KafkaSecurity['sasl']): SASLOptions | undefined {
  switch (sasl?.mechanism) {
    case undefined:
      return undefined;
    case 'plain':
      return { mechanism: 'PLAIN', username: sasl.username, password: sasl.password };
    case 'scram-sha-256':
      return { mechanism: 'SCRAM-SHA-256', username: sasl.username, password: sasl.password };
    case 'scram-sha-512':
      return { mechanism: 'SCRAM-SHA-512', username: sasl.username, password: sasl.password };
    case 'oauthbearer':
      return {
        mechanism: 'OAUTHBEARER',
        token: () => tokenFrom(sasl),
        // A token is refused by an answer that is no error, with the reason in it (RFC 7628, 3.2.2).
        authBytesValidator: (bytes, callback) => {
          if (bytes.length === 0) callback(null, bytes);
          else callback(new AuthenticationError(`the token was refused: ${bytes.toString()}`));
        },
      };
  }
}
