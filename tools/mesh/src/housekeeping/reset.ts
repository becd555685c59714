import type { Admin, PartitionOffset } from '@mesh/kafka';
import { formatTable } from '../table.js';

export type ResetTo = 'earliest' | 'latest';

/** What a reset of an application does. */
export interface ResetPlan {
  readonly applicationId: string;
  /** Where each input partition goes on. */
  readonly inputs: readonly (PartitionOffset & { readonly from: number })[];
  /** The application's own topics, which are deleted: what was on its way between its parts, and its state. */
  readonly internalTopics: readonly string[];
}

/**
 * - `UNKNOWN`: the group never committed and has no topics of its own: there is nothing to reset.
 * - `RUNNING`: the group has members; its offsets can't be set under them.
 */
export type ResetErrorCode = 'UNKNOWN' | 'RUNNING';

export class ResetError extends Error {
  override readonly name = 'ResetError';
  readonly code: ResetErrorCode;

  constructor(code: ResetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Looks what a reset has to do; changes nothing.
 *
 * @param to where the inputs are read from afterwards: what is kept of them from the beginning, or only what comes
 * @param otherIds application ids whose topics must not be taken for this one's, where one id begins with another
 * @throws ResetError `UNKNOWN`
 */
export async function planReset(
  admin: Admin,
  applicationId: string,
  to: ResetTo,
  otherIds: readonly string[] = [],
): Promise<ResetPlan> {
  const committed = await admin.groupOffsets(applicationId);
  const internalTopics = (await admin.listTopics())
    .filter((topic) => isInternal(applicationId, topic, otherIds))
    .sort();
  if (committed.length === 0 && internalTopics.length === 0) {
    throw new ResetError(
      'UNKNOWN',
      `${applicationId} has committed no offsets and has no topics of its own: there is nothing to reset`,
    );
  }
  const inputs = committed.filter(({ topic }) => !internalTopics.includes(topic));
  const targets = to === 'earliest' ? await admin.beginningOffsets(inputs) : await admin.endOffsets(inputs);
  const targetOf = new Map(targets.map(({ topic, partition, offset }) => [`${topic} ${partition}`, offset]));
  return {
    applicationId,
    inputs: inputs.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      from: offset,
      offset: targetOf.get(`${topic} ${partition}`) ?? 0,
    })),
    internalTopics,
  };
}

/**
 * Does what the plan says. What is cut short is done by another run of the same: as the offsets are set first, the
 * group is still known, and its inputs are where the plan has them.
 *
 * @throws ResetError `RUNNING`
 */
export async function executeReset(admin: Admin, plan: ResetPlan): Promise<void> {
  // Refused while the group has members, and that before anything is deleted.
  try {
    await admin.setGroupOffsets(plan.applicationId, plan.inputs);
  } catch (cause) {
    throw new ResetError(
      'RUNNING',
      `the offsets of ${plan.applicationId} could not be set: stop all its instances first (${messageOf(cause)})`,
      { cause },
    );
  }
  await admin.deleteTopics(plan.internalTopics);
  // The group's offsets in topics that are gone would be out of range in those created anew.
  await admin.deleteGroup(plan.applicationId);
  await admin.setGroupOffsets(plan.applicationId, plan.inputs);
}

export function formatPlan(plan: ResetPlan): string {
  const lines = [`${plan.applicationId}: reads again from`];
  if (plan.inputs.length === 0) lines.push('  (it has committed nothing in topics that are not its own)');
  else {
    const table = formatTable([
      ['topic', 'partition', 'committed', 'new'],
      ...plan.inputs.map(({ topic, partition, from, offset }) => [topic, partition, from, offset]),
    ]);
    lines.push(...table.split('\n').map((line) => `  ${line}`));
  }
  lines.push('deletes its internal topics');
  lines.push(
    ...(plan.internalTopics.length === 0 ? ['none'] : plan.internalTopics).map((topic) => `  ${topic}`),
  );
  lines.push('What it wrote elsewhere stays: output topics keep their records, sinks their effects.');
  return lines.join('\n');
}

/** The last two are those of foreign-key joins. */
const INTERNAL = [
  '-changelog',
  '-repartition',
  '-subscription-registration-topic',
  '-subscription-response-topic',
];

function isInternal(applicationId: string, topic: string, otherIds: readonly string[]): boolean {
  if (!INTERNAL.some((suffix) => topic.endsWith(suffix))) return false;
  // interactions-update-x-changelog belongs to interactions-update, not to interactions.
  const owner = [applicationId, ...otherIds]
    .filter((id) => topic.startsWith(`${id}-`))
    .reduce((longest, id) => (id.length > longest.length ? id : longest), '');
  return owner === applicationId;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
