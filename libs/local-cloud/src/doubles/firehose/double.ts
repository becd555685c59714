import { ModelledError, type DoubleOptions, type Operation, type ServiceDouble } from '../framework/types.js';
import type { Journal } from '../journal/types.js';
import {
  DeliveryStream,
  type StreamCounts,
  type StreamRecord,
  type ThroughputLimits,
} from './delivery-stream.js';
import { putOperations } from './put-records.js';
import { describeDestination, destinationOf, type CreateInput } from './stream-config.js';

/** What of Firehose's timing and quotas can be set. */
export interface FirehoseSettings {
  /** How long a stream is CREATING, and DELETING. */
  readonly transitionMs: number;
  /** "each account can have up to 50 Firehose streams" (https://docs.aws.amazon.com/firehose/latest/dev/limits.html). */
  readonly maxStreams: number;
}

type Entry = { readonly stream: StreamRecord } | { readonly removed: string };

const defaults: FirehoseSettings = { transitionMs: 200, maxStreams: 50 };

/**
 * Amazon Data Firehose with direct puts: journaled before they are answered, buffered by the stream's hints, and
 * delivered at least once, over a killed process, to OpenSearch by `_bulk` or to S3. State machine of a stream:
 *
 *     CREATING → ACTIVE → DELETING → gone
 *
 * Admin: `counts` ({ stream? } → counts by stream), `flush` ({ stream? }: delivers what is buffered, answers when it is
 * delivered), `limit` ({ stream, recordsPerSecond?, requestsPerSecond?, bytesPerSecond? }; no member, no limit).
 */
export function firehoseDouble(
  options: DoubleOptions,
  settings: Partial<FirehoseSettings> = {},
): ServiceDouble {
  return new Firehose(options, { ...defaults, ...settings }).asDouble();
}

class Firehose {
  readonly #options: DoubleOptions;
  readonly #settings: FirehoseSettings;
  readonly #streams = new Map<string, DeliveryStream>();
  readonly #journal: Journal<Entry>;
  readonly #discarding = new Set<Promise<void>>();

  constructor(options: DoubleOptions, settings: FirehoseSettings) {
    this.#options = options;
    this.#settings = settings;
    const records = new Map<string, StreamRecord>();
    this.#journal = options.journals.open<Entry>('firehose', {
      replay: (entry) => {
        if ('stream' in entry) records.set(entry.stream.name, entry.stream);
        else records.delete(entry.removed);
      },
      snapshot: () => [...this.#streams.values()].map(({ record }) => ({ stream: record })),
    });
    for (const record of records.values()) this.#start(record);
  }

  asDouble(): ServiceDouble {
    const named = (body: unknown) => (body as { stream?: string } | undefined)?.stream;
    return {
      service: 'firehose',
      operations: {
        CreateDeliveryStream: this.#create,
        DescribeDeliveryStream: this.#describe,
        ListDeliveryStreams: this.#list,
        DeleteDeliveryStream: this.#delete,
        ...putOperations((name, now) => this.#active(name, now)),
      },
      admin: {
        counts: (body) => this.#counts(named(body)),
        flush: async (body) => {
          const name = named(body);
          const streams = name === undefined ? [...this.#streams.values()] : [this.#stream(name)];
          await Promise.all(streams.map((stream) => stream.flush()));
          return this.#counts(name);
        },
        limit: (body) => {
          const { stream, ...limits } = body as { stream: string } & ThroughputLimits;
          this.#stream(stream).limit(limits, this.#options.now());
          return limits;
        },
      },
      close: async () => {
        await Promise.all([...this.#streams.values()].map((stream) => stream.close()));
        await Promise.all(this.#discarding);
      },
    };
  }

  readonly #create: Operation = (input: CreateInput, call) => {
    const now = call.now();
    this.#sweep(now);
    const name = input.DeliveryStreamName;
    if (this.#streams.has(name)) {
      throw new ModelledError(
        'ResourceInUseException',
        `Firehose ${name} under account ${this.#options.accountId} already exists.`,
      );
    }
    if (this.#streams.size >= this.#settings.maxStreams) {
      throw new ModelledError(
        'LimitExceededException',
        `You have reached the limit of ${this.#settings.maxStreams} Firehose streams`,
      );
    }
    const destination = destinationOf(input);
    if (destination.kind === 'opensearch' && this.#options.openSearchUrl === undefined) {
      throw new ModelledError(
        'InvalidArgumentException',
        'there is no OpenSearch here: start the doubles with its URL',
      );
    }
    const arn = `arn:aws:firehose:${call.region}:${this.#options.accountId}:deliverystream/${name}`;
    const record: StreamRecord = { name, arn, createdMs: now, version: '1', destination };
    this.#start(record);
    this.#journal.append({ stream: record });
    return { DeliveryStreamARN: arn };
  };

  readonly #describe: Operation = (input: { DeliveryStreamName: string }, call) => {
    const now = call.now();
    this.#sweep(now);
    const { record } = this.#stream(input.DeliveryStreamName);
    return {
      DeliveryStreamDescription: {
        DeliveryStreamName: record.name,
        DeliveryStreamARN: record.arn,
        DeliveryStreamStatus: this.#status(record, now),
        DeliveryStreamType: 'DirectPut',
        VersionId: record.version,
        CreateTimestamp: new Date(record.createdMs),
        Destinations: [describeDestination(record.destination)],
        HasMoreDestinations: false,
      },
    };
  };

  readonly #list: Operation = (
    input: { Limit?: number; DeliveryStreamType?: string; ExclusiveStartDeliveryStreamName?: string },
    call,
  ) => {
    this.#sweep(call.now());
    const after = input.ExclusiveStartDeliveryStreamName ?? '';
    const names = [...this.#streams.keys()].sort().filter((name) => name > after);
    const wanted = (input.DeliveryStreamType ?? 'DirectPut') === 'DirectPut' ? names : [];
    const page = wanted.slice(0, input.Limit ?? 10);
    return { DeliveryStreamNames: page, HasMoreDeliveryStreams: page.length < wanted.length };
  };

  readonly #delete: Operation = (input: { DeliveryStreamName: string }, call) => {
    const now = call.now();
    this.#sweep(now);
    const stream = this.#stream(input.DeliveryStreamName);
    if (this.#status(stream.record, now) === 'CREATING') {
      throw new ModelledError(
        'ResourceInUseException',
        `Firehose ${stream.record.name} is CREATING and cannot be deleted yet`,
      );
    }
    if (stream.record.deletedMs === undefined) {
      stream.record = { ...stream.record, deletedMs: now };
      this.#journal.append({ stream: stream.record });
    }
    return {};
  };

  #start(record: StreamRecord): void {
    this.#streams.set(record.name, new DeliveryStream(record, this.#options));
  }

  #status({ createdMs, deletedMs }: StreamRecord, now: number): string {
    if (deletedMs !== undefined) return 'DELETING';
    return now < createdMs + this.#settings.transitionMs ? 'CREATING' : 'ACTIVE';
  }

  /** Removes what has been DELETING for long enough, with its undelivered records. */
  #sweep(now: number): void {
    for (const [name, stream] of this.#streams) {
      const { deletedMs } = stream.record;
      if (deletedMs === undefined || now < deletedMs + this.#settings.transitionMs) continue;
      this.#streams.delete(name);
      this.#journal.append({ removed: name });
      const discarding = stream.discard().finally(() => this.#discarding.delete(discarding));
      this.#discarding.add(discarding);
    }
  }

  #stream(name: string): DeliveryStream {
    const stream = this.#streams.get(name);
    if (stream) return stream;
    const message = `Firehose ${name} under account ${this.#options.accountId} not found.`;
    throw new ModelledError('ResourceNotFoundException', message);
  }

  #active(name: string, now: number): DeliveryStream {
    this.#sweep(now);
    const stream = this.#stream(name);
    if (this.#status(stream.record, now) !== 'CREATING') return stream;
    throw new ModelledError(
      'ResourceNotFoundException',
      `Firehose ${name} is CREATING: it takes records once it is ACTIVE.`,
    );
  }

  #counts(name: string | undefined): Record<string, StreamCounts> {
    const streams = name === undefined ? [...this.#streams.values()] : [this.#stream(name)];
    return Object.fromEntries(streams.map((stream) => [stream.record.name, stream.counts]));
  }
}
