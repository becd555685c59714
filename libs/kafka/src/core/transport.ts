import type { KafkaLogger, KafkaSecurity } from '../port/client.js';
import type { WireRequest } from '../wire/request.js';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly security: KafkaSecurity | undefined;
  readonly logger: KafkaLogger;
  /** For connecting and for authenticating, each. Milliseconds. */
  readonly connectTimeoutMs: number;
  /** For an answer, on top of what the broker may take by itself. Milliseconds. */
  readonly requestTimeoutMs: number;
}

/** One connection to one broker, carried by a client library. Used until its first fault, then destroyed. */
export interface Connection {
  /** Connects and authenticates. @throws KafkaError DENIED, ConnectionFault */
  open(): Promise<void>;
  /** Requests are answered in the order they were sent. @throws ConnectionFault where no answer came */
  send<T>(request: WireRequest<T>): Promise<T>;
  /** Fails what is under way with `error`, without waiting for answers, and closes. */
  destroy(error: Error): void;
}

/** What a driver is made of; everything else is common to all. */
export interface Transport {
  /** As `KAFKA_DRIVER` names it. */
  readonly name: string;
  /** Loads the client library with the first connection, so that only the one in use is imported. */
  load(): Promise<(options: ConnectionOptions) => Connection>;
}
