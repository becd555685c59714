import { KafkaError } from '../port/errors.js';
import type { WireRequest } from '../wire/request.js';
import { toKafkaError, UntrustedBrokerError } from './errors.js';
import { denied } from './identity.js';
import type { Connection, ConnectionOptions, Transport } from './transport.js';

/** The connections to one broker. Used until the first connection fault, then destroyed. */
export class Node {
  readonly address: string;
  private readonly transport: Transport;
  private readonly options: ConnectionOptions;
  private readonly connections: Connection[] = [];
  private readonly lanes: [Promise<Connection> | undefined, Promise<Connection> | undefined] = [
    undefined,
    undefined,
  ];
  private destroyed: Error | undefined;
  /** Rejects when the node is destroyed, so that nobody waits for a connection that no one answers. */
  private readonly gone = Promise.withResolvers<never>();

  constructor(transport: Transport, options: ConnectionOptions) {
    this.address = `${options.host}:${options.port}`;
    this.transport = transport;
    this.options = options;
    // Mostly nobody waits.
    this.gone.promise.catch(() => {});
  }

  /** Connects and authenticates, once. */
  async connect(): Promise<void> {
    await this.lane(0);
  }

  async send<T>(request: WireRequest<T>, lane: 0 | 1 = 0): Promise<T> {
    const connection = await this.lane(lane);
    return connection.send(request);
  }

  /** Fails with `error` what is under way, also connecting, and closes. */
  destroy(error: Error): void {
    this.destroyed ??= error;
    this.gone.reject(this.destroyed);
    for (const connection of this.connections) connection.destroy(error);
  }

  private lane(index: 0 | 1): Promise<Connection> {
    return (this.lanes[index] ??= this.open().catch((error: unknown) => {
      // A token may have expired: trying again must not repeat the old answer.
      this.lanes[index] = undefined;
      throw error;
    }));
  }

  private async open(): Promise<Connection> {
    const connectionTo = await this.transport.load();
    if (this.destroyed !== undefined) throw this.destroyed;
    const connection = connectionTo(this.options);
    this.connections.push(connection);
    try {
      await Promise.race([connection.open(), this.gone.promise]);
    } catch (error) {
      // Also where only the authentication failed, and the socket is open.
      connection.destroy(toKafkaError(error, `connecting to ${this.address}`));
      this.connections.splice(this.connections.indexOf(connection), 1);
      if (!(error instanceof KafkaError) || error.code !== 'DENIED') throw error;
      throw error instanceof UntrustedBrokerError ? error : denied(error, this.options.security);
    }
    return connection;
  }
}
