import type { Update } from '@aws-sdk/client-dynamodb';
import { keyOf } from './event-rows.js';

/** An entity of the same table that another names. */
export interface Reference {
  readonly kind: string;
  readonly id: string;
  /** The field that names it. */
  readonly field: string;
}

export interface ReferenceChange {
  readonly reference: Reference;
  readonly update: Omit<Update, 'TableName'>;
}

/**
 * What a change does to the entities it names: each counts who names it. Counting and the check that it is there are one
 * write, so that it can't be deleted between the two. One that stays named is left alone.
 */
export function referenceChanges(
  before: readonly Reference[],
  after: readonly Reference[],
): readonly ReferenceChange[] {
  const counts = new Map<string, { reference: Reference; by: number }>();
  for (const [references, by] of [
    [before, -1],
    [after, 1],
  ] as const) {
    for (const reference of references) {
      const name = `${reference.kind}#${reference.id}`;
      counts.set(name, { reference, by: (counts.get(name)?.by ?? 0) + by });
    }
  }
  return [...counts.values()]
    .filter(({ by }) => by !== 0)
    .map(({ reference, by }) => ({
      reference,
      update: {
        Key: keyOf(`${reference.kind}#${reference.id}`, 'state'),
        UpdateExpression: 'ADD dependents :by',
        ConditionExpression: by > 0 ? 'attribute_exists(body)' : 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':by': { N: String(by) } },
      },
    }));
}
