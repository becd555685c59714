import { createLogger, parseConfig } from '@mesh/service';
import type { ReceivedMessage } from './adapters/event-queue.js';
import { ConfigSchema, withoutKafka } from './config.js';
import { createCore, type Core } from './core.js';
import { report } from './report.js';
import { settle } from './settle.js';

/** The part of an SQS event that is read (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */
export interface SqsEvent {
  readonly Records: readonly {
    readonly messageId: string;
    readonly receiptHandle: string;
    readonly body: string;
    readonly attributes: { readonly ApproximateReceiveCount: string };
  }[];
}

/** What failed of a batch; the event source mapping must have `ReportBatchItemFailures`. */
export interface SqsBatchResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

let started: Core | undefined;

/**
 * The same as the container, as a function behind an SQS event source: Lambda receives and deletes. An event to be
 * tried again is reported as failed, after its visibility was changed, which is when SQS gives it out again.
 *
 * The queue's visibility timeout must be six times the function's, and `CATALOG_WAIT_MS` less than the function's.
 */
export async function handler(event: SqsEvent): Promise<SqsBatchResponse> {
  const config = parseConfig(ConfigSchema, withoutKafka(process.env));
  const log = createLogger({ name: config.SERVICE_NAME ?? 'catalog-sync', level: config.LOG_LEVEL });
  const core = (started ??= createCore(config));
  const failures = await Promise.all(
    event.Records.map(async (record): Promise<string[]> => {
      const message: ReceivedMessage = {
        id: record.messageId,
        receipt: record.receiptHandle,
        body: record.body,
        receives: Number(record.attributes.ApproximateReceiveCount),
      };
      try {
        const verdict = await core.handler.handle(message);
        report(log.child({ messageId: message.id, receives: message.receives }), verdict);
        await settle(core.queue, message, verdict, async () => {});
        return verdict.kind === 'retry' ? [message.id] : [];
      } catch (error) {
        log.error(
          { err: error, messageId: message.id },
          'what became of the event could not be told to the queue',
        );
        return [message.id];
      }
    }),
  );
  return { batchItemFailures: failures.flat().map((itemIdentifier) => ({ itemIdentifier })) };
}
