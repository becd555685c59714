import type { Admin } from './admin.js';
import type { Consumer, ConsumerOptions, PartitionReader } from './consumer.js';
import type {
  Producer,
  ProducerOptions,
  TransactionalProducer,
  TransactionalProducerOptions,
} from './producer.js';
import type { PartitionOffset } from './records.js';

/** What a driver can do. Asking for what it cannot is a `UNSUPPORTED` {@link KafkaError} when the thing is made. */
export interface Capabilities {
  /** Transactional offset commits carry member and generation, so one producer a thread is safe (KIP-447). */
  readonly fencesByMember: boolean;
  /** `onRevoked` runs before another member gets the partitions. */
  readonly awaitsRevoke: boolean;
  readonly cooperativeRebalance: boolean;
  readonly staticMembership: boolean;
  readonly compression: readonly ('none' | 'gzip' | 'zstd')[];
}

export interface KafkaLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface KafkaClientOptions {
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[];
  /** Names this process in the broker's logs and quotas. */
  readonly clientId: string;
  readonly logger?: KafkaLogger;
  /** Transport security; PLAINTEXT where absent. */
  readonly security?: KafkaSecurity;
}

export interface KafkaSecurity {
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: PasswordSasl | TokenSasl;
}

export interface PasswordSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** SASL/OAUTHBEARER. */
export interface TokenSasl {
  readonly mechanism: 'oauthbearer';
  /** Called for each connection, and again before the broker's session of one ends: return a fresh token. */
  readonly token: () => Promise<string>;
  /** Who the token speaks for, for error messages. */
  readonly identity?: () => string;
}

/** The whole of Kafka that this project needs; each driver implements it. */
export interface KafkaClient {
  readonly driver: string;
  readonly capabilities: Capabilities;
  consumer(options: ConsumerOptions): Consumer;
  producer(options?: ProducerOptions): Producer;
  transactionalProducer(options: TransactionalProducerOptions): TransactionalProducer;
  /** Starts at exactly these offsets; `read_committed`. */
  reader(from: readonly PartitionOffset[]): Promise<PartitionReader>;
  admin(): Admin;
  /** Closes everything made by this client that is still open. */
  close(): Promise<void>;
}
