import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Message, Reason } from '../domain/message-handler.js';

export interface ReceivedMessage extends Message {
  readonly id: string;
  /** Stands for this receipt of the message; a later one ends it. */
  readonly receipt: string;
}

export interface EventQueueOptions {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Seconds. */
  readonly visibilityTimeout: number;
}

/** As long as SQS waits at most for a message. */
export const longPollSeconds = 20;

/** Characters of a reason's message; the attributes count towards the size of a message. */
const maxReason = 2_000;

/** The queue that EventBridge puts events into, and the one for those that could not be done. */
export class EventQueue {
  readonly #sqs: SQSClient;
  readonly #options: EventQueueOptions;

  constructor(options: EventQueueOptions) {
    this.#options = options;
    this.#sqs = new SQSClient({
      maxAttempts: 4,
      // Longer than a long poll.
      requestHandler: { connectionTimeout: 2_000, requestTimeout: (longPollSeconds + 10) * 1_000 },
    });
  }

  /** One message, or none where none comes within some seconds. An `AbortError` where the signal ends the waiting. */
  async receive(seconds: number, signal: AbortSignal): Promise<ReceivedMessage | undefined> {
    const { Messages: messages } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#options.queueUrl,
        MaxNumberOfMessages: 1,
        WaitTimeSeconds: seconds,
        VisibilityTimeout: this.#options.visibilityTimeout,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
      { abortSignal: signal },
    );
    const [message] = messages ?? [];
    if (message?.ReceiptHandle === undefined) return undefined;
    return {
      id: message.MessageId ?? '',
      receipt: message.ReceiptHandle,
      body: message.Body ?? '',
      receives: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    };
  }

  /** Keeps a message from others for another visibility timeout. */
  async extend(receipt: string): Promise<void> {
    await this.#changeVisibility(receipt, this.#options.visibilityTimeout);
  }

  async retryIn(receipt: string, seconds: number): Promise<void> {
    await this.#changeVisibility(receipt, seconds);
  }

  async delete(receipt: string): Promise<void> {
    await this.#sqs.send(
      new DeleteMessageCommand({ QueueUrl: this.#options.queueUrl, ReceiptHandle: receipt }),
    );
  }

  /** The event as it was, the reason in attributes; sent back to the first queue as it is, it is tried again. */
  async sendDeadLetter({ body, receives }: Message, { code, message }: Reason): Promise<void> {
    const text = (value: string) => ({ DataType: 'String', StringValue: value });
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#options.deadLetterQueueUrl,
        MessageBody: body,
        MessageAttributes: {
          reason: text(code),
          // SQS takes what XML can hold.
          message: text(message.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '?').slice(0, maxReason)),
          receives: { DataType: 'Number', StringValue: String(receives) },
        },
      }),
    );
  }

  close(): void {
    this.#sqs.destroy();
  }

  async #changeVisibility(receipt: string, seconds: number): Promise<void> {
    await this.#sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#options.queueUrl,
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }),
    );
  }
}
