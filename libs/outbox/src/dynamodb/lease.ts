import {
  DeleteItemCommand,
  UpdateItemCommand,
  type ConditionCheck,
  type DynamoDBClient,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import { OutboxError } from '../errors.js';
import { keyOf } from './event-rows.js';
import { dynamoDbError, patiently, type Patience } from './patience.js';

export interface LeaseOptions extends Patience {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** A relay silent for so long loses the lease. Milliseconds. */
  readonly leaseMs: number;
}

const LEASE = keyOf('outbox', 'lease');
const FREE = 'attribute_not_exists(heldBy) OR leasedUntil < :now';
const MINE = 'heldBy = :me';

/**
 * One item that names the relay at work, and until when. It is renewed for as long as its holder lives. Clocks that
 * differ make relays work against each other for a while, which does no harm: an old one can publish nothing, since
 * Kafka fences it, and change nothing in the outbox, since it does so only under {@link LeaseItem.check}.
 */
export class LeaseItem {
  readonly #options: LeaseOptions;
  readonly #me = randomUUID();
  #renewedAt: number;
  #renewing: Promise<void> | undefined;

  private constructor(options: LeaseOptions) {
    this.#options = options;
    this.#renewedAt = Date.now();
  }

  /** @returns undefined where another has it */
  static async take(options: LeaseOptions): Promise<LeaseItem | undefined> {
    const lease = new LeaseItem(options);
    return (await lease.#write(FREE)) ? lease : undefined;
  }

  /** The part of a transaction that cancels it where another has the lease. */
  get check(): ConditionCheck {
    return {
      TableName: this.#options.tableName,
      Key: LEASE,
      ConditionExpression: MINE,
      ExpressionAttributeValues: { ':me': { S: this.#me } },
    };
  }

  /** @throws OutboxError `LEASE_LOST`, `UNAVAILABLE` */
  async keep(): Promise<void> {
    if (Date.now() - this.#renewedAt >= this.#options.leaseMs / 3) await this.renew();
  }

  /** @throws OutboxError `LEASE_LOST`, `UNAVAILABLE` */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  lost(cause?: unknown): OutboxError {
    const message = `another relay has the lease of ${this.#options.tableName}`;
    return new OutboxError('LEASE_LOST', message, { cause });
  }

  /** Gives it back. Where that fails it expires. */
  async release(): Promise<void> {
    const { client, tableName } = this.#options;
    try {
      await client.send(
        new DeleteItemCommand({
          TableName: tableName,
          Key: LEASE,
          ConditionExpression: MINE,
          ExpressionAttributeValues: { ':me': { S: this.#me } },
        }),
      );
    } catch {
      // Nothing depends on it: the lease is another's by now, or will be when it has expired.
    }
  }

  async #renew(): Promise<void> {
    const at = Date.now();
    if (!(await this.#write(MINE))) throw this.lost();
    this.#renewedAt = at;
  }

  /** @returns whether the condition held */
  async #write(condition: string): Promise<boolean> {
    const { client, tableName, leaseMs } = this.#options;
    const what = `leasing the outbox of ${tableName}`;
    try {
      await patiently(what, this.#options, () => {
        const now = Date.now();
        const input: UpdateItemCommandInput = {
          TableName: tableName,
          Key: LEASE,
          UpdateExpression: 'SET heldBy = :me, leasedUntil = :until',
          // An attempt whose answer was lost may have succeeded.
          ConditionExpression: condition === MINE ? MINE : `${condition} OR ${MINE}`,
          ExpressionAttributeValues: {
            ':me': { S: this.#me },
            ':until': { N: String(now + leaseMs) },
            ...(condition === MINE ? {} : { ':now': { N: String(now) } }),
          },
        };
        return client.send(new UpdateItemCommand(input));
      });
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
      throw dynamoDbError(error, what);
    }
  }
}
