import { createKafkaClient, type TopicRecords } from '@mesh/kafka';
import type { FailureHandler } from '@mesh/streams';
import { runBatches } from '@mesh/streams/functions';
import type { Static, TObject } from '@sinclair/typebox';
import type { BaseConfig } from '../config/base.js';
import { kafkaClientOptions } from '../lifecycle/kafka-options.js';
import { createLogger, type Logger } from '../logging/logger.js';
import type { StreamsParts } from '../streams/streams-module.js';
import { openTracing, type ServiceTracing } from '../tracing/tracing.js';
import type { FunctionConfigProperties } from './config.js';
import { batchesOf, type MskBatchResponse, type MskEvent } from './msk-event.js';

export type FunctionConfig = BaseConfig & Static<TObject<typeof FunctionConfigProperties>>;

/** Of what Lambda tells a function of its call, what is used here. */
export interface FunctionContext {
  getRemainingTimeInMillis(): number;
}

export interface MskFunctionDefinition<C extends FunctionConfig> {
  /** As the application's that reads the topics itself: dead letters name it. */
  readonly name: string;
  readonly config: C;
  /** Makes the topology, as the application does: at the first call, and after one that did not finish. */
  readonly topology: (context: { readonly config: C; readonly log: Logger }) => Promise<StreamsParts>;
  /** What becomes of a record that fails; the dead letters where absent. */
  readonly onFailure?: FailureHandler;
}

/** How long an answer waits for the collector of traces. */
const MAX_FLUSH_MS = 1_000;

export type MskHandler = (event: MskEvent, context: FunctionContext) => Promise<MskBatchResponse>;

/** Records are left: Lambda is to call again with the same batch, which is safe since effects are idempotent. */
export class UnfinishedBatchError extends Error {
  override readonly name = 'UnfinishedBatchError';
}

/**
 * The handler of a Lambda function whose event source is MSK: the batch goes through the same topology, to the same
 * sinks, as in the application that reads the topics itself.
 *
 * A call ends when every effect is durable, or `FUNCTION_MARGIN_MS` before the function's own timeout. What is left
 * then is reported by partition and offset, or by an error where the mapping takes no such reports; records that were
 * done may come again, and change nothing. A record at fault goes to the dead letters in Kafka, as everywhere.
 */
export function mskFunction<C extends FunctionConfig>(definition: MskFunctionDefinition<C>): MskHandler {
  const { config } = definition;
  const name = config.SERVICE_NAME ?? definition.name;
  const log = createLogger({ name, level: config.LOG_LEVEL });
  // Kept from call to call, as Lambda keeps the process.
  let parts: Promise<StreamsParts> | undefined;
  let tracing: Promise<ServiceTracing> | undefined;

  return async (event, context) => {
    const started = performance.now();
    const remainingMs = context.getRemainingTimeInMillis() - config.FUNCTION_MARGIN_MS;
    const signal = AbortSignal.timeout(Math.max(0, remainingMs));
    const opened = await (tracing ??= openTracing(config, name, log));
    const making = (parts ??= definition.topology({ config, log }));
    let finished = false;
    try {
      const { topology } = await making;
      const outcome = await runBatches(topology, batchesOf(event), {
        applicationId: name,
        signal,
        produce: (batches) => produce({ config, name, log }, batches, context.getRemainingTimeInMillis()),
        ...(definition.onFailure === undefined ? {} : { onFailure: definition.onFailure }),
      });
      const { unfinished, processed, deadLettered, error } = outcome;
      finished = unfinished.length === 0;
      const fields = { processed, deadLettered, unfinished, tookMs: Math.round(performance.now() - started) };
      if (finished) {
        log.info(fields, 'the batch is done');
        return { batchItemFailures: [] };
      }
      log.warn({ ...fields, err: error }, 'the batch is not done');
      if (config.REPORT_BATCH_ITEM_FAILURES) return failuresOf(unfinished);
      const where = unfinished.map(({ topic, partition, offset }) => `${topic}-${partition}@${offset}`);
      throw new UnfinishedBatchError(`${name}: not done from ${where.join(', ')} on`, { cause: error });
    } finally {
      // Its sinks are closed, or it could not be made.
      if (!finished) parts = undefined;
      await opened.flush(Math.max(0, Math.min(MAX_FLUSH_MS, context.getRemainingTimeInMillis() / 2)));
    }
  };
}

function failuresOf(
  unfinished: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[],
): MskBatchResponse {
  return {
    batchItemFailures: unfinished.map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: `${topic}-${partition}`, offset },
    })),
  };
}

/** Dead letters are rare, and connections do not survive a function's sleep: a client for each time. */
async function produce(
  { config, name, log }: { readonly config: FunctionConfig; readonly name: string; readonly log: Logger },
  batches: readonly TopicRecords[],
  remainingMs: number,
): Promise<void> {
  const client = createKafkaClient(kafkaClientOptions(config, name, log));
  try {
    await client.producer({ deliveryTimeoutMs: Math.max(1, remainingMs) }).send(batches);
  } finally {
    await client.close();
  }
}
