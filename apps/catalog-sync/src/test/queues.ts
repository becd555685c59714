import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { LocalCatalogue } from '@mesh/catalog/testing';
import { startTestCloud, type TestCloud } from '@mesh/testkit';

export interface DeadLetter {
  readonly body: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly receives: string | undefined;
}

/** A catalogue of its own, with the queues in front of it. */
export class Scene {
  readonly world: LocalCatalogue;
  readonly #sqs: SQSClient;
  readonly #queues: { readonly events: string; readonly deadLetters: string };

  private constructor(
    world: LocalCatalogue,
    sqs: SQSClient,
    queues: { events: string; deadLetters: string },
  ) {
    this.world = world;
    this.#sqs = sqs;
    this.#queues = queues;
  }

  static async create(cloud: TestCloud): Promise<Scene> {
    const motoUrl = cloud.moto?.url ?? '';
    const world = await LocalCatalogue.create({ motoUrl, doublesUrl: cloud.url });
    const sqs = new SQSClient({
      ...{ endpoint: motoUrl, region: cloud.region },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const create = async (name: string) => {
      const { QueueUrl: url = '' } = await sqs.send(
        new CreateQueueCommand({ QueueName: `${name}-${world.name}` }),
      );
      return url;
    };
    return new Scene(world, sqs, { events: await create('events'), deadLetters: await create('dead') });
  }

  /** What the service is started with; tries come fast after one another. */
  get environment(): Record<string, string> {
    return {
      ...this.world.environment,
      CATALOG_QUEUE_URL: this.#queues.events,
      CATALOG_DEAD_LETTER_QUEUE_URL: this.#queues.deadLetters,
      CATALOG_VISIBILITY_TIMEOUT_S: '1',
      CATALOG_CONCURRENCY: '1',
      CATALOG_POLL_MS: '20',
      CATALOG_RETRY_FIRST_S: '0',
      CATALOG_MAX_RECEIVES: '3',
    };
  }

  async send(body: string): Promise<void> {
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.#queues.events, MessageBody: body }));
  }

  /** Messages that wait or are worked on. */
  async pending(): Promise<number> {
    const { Attributes: counts = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queues.events, AttributeNames: ['All'] }),
    );
    return (
      Number(counts['ApproximateNumberOfMessages']) +
      Number(counts['ApproximateNumberOfMessagesNotVisible']) +
      Number(counts['ApproximateNumberOfMessagesDelayed'])
    );
  }

  async waiting(): Promise<number> {
    const { Attributes: counts = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queues.events, AttributeNames: ['All'] }),
    );
    return Number(counts['ApproximateNumberOfMessages']);
  }

  /** Takes a message, as Lambda does before it calls a function. @returns its receipt */
  async take(): Promise<string> {
    const { Messages: messages } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl: this.#queues.events, VisibilityTimeout: 600 }),
    );
    return messages?.[0]?.ReceiptHandle ?? '';
  }

  /** All dead letters; they stay. */
  async deadLetters(): Promise<DeadLetter[]> {
    const { Messages: messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queues.deadLetters,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageAttributeNames: ['All'],
      }),
    );
    return messages.map(({ Body: body = '', MessageAttributes: attributes = {} }) => ({
      body,
      reason: attributes['reason']?.StringValue,
      message: attributes['message']?.StringValue,
      receives: attributes['receives']?.StringValue,
    }));
  }

  close(): void {
    this.#sqs.destroy();
    this.world.close();
  }
}

/** moto and the doubles, with resources that are made in a moment. */
export async function startCloud(): Promise<TestCloud> {
  const cloud = await startTestCloud({ moto: true });
  await cloud.admin('datazone/transition', { ms: 20 });
  return cloud;
}
