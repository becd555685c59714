import type { Admin, PartitionOffset } from '@mesh/kafka';
import { StreamsError } from '../errors.js';
import { toError } from './failures.js';

/** Where the inputs of a reset application are read from: what is kept of them from the beginning, or only what comes. */
export type ResetTo = 'earliest' | 'latest';

/** What a reset of an application does. */
export interface ResetPlan {
  readonly applicationId: string;
  /** Where each input partition goes on, and where it would have. */
  readonly inputs: readonly (PartitionOffset & { readonly from: number })[];
  /** The application's own topics, which are deleted: what was on its way between its parts, and its state. */
  readonly internalTopics: readonly string[];
}

export interface ResetOptions {
  /** Default `earliest`. */
  readonly to?: ResetTo;
  /** Application ids whose topics must not be taken for this one's: those that begin with this one's and a hyphen. */
  readonly otherIds?: readonly string[];
}

/**
 * Looks at what has to be done for an application to begin anew, as Kafka's `kafka-streams-application-reset` does;
 * changes nothing. {@link resetApplication} does it.
 *
 * @throws StreamsError `UNKNOWN_APPLICATION` where it has committed nothing and has no topics of its own
 */
export async function planReset(
  admin: Admin,
  applicationId: string,
  { to = 'earliest', otherIds = [] }: ResetOptions = {},
): Promise<ResetPlan> {
  const committed = await admin.groupOffsets(applicationId);
  const internalTopics = (await admin.listTopics())
    .filter((topic) => isInternal(applicationId, topic, otherIds))
    .sort();
  if (committed.length === 0 && internalTopics.length === 0) {
    throw new StreamsError(
      'UNKNOWN_APPLICATION',
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
 * group is still known, and its inputs are where the plan has them. State on disk is deleted by `KafkaStreams.cleanUp`,
 * on each machine that has some; outputs stay.
 *
 * @throws StreamsError `ILLEGAL_STATE` while an instance runs, before anything is deleted
 */
export async function resetApplication(admin: Admin, plan: ResetPlan): Promise<void> {
  const { applicationId, inputs, internalTopics } = plan;
  try {
    // Either is refused while the group has members; and no offsets are none to set.
    if (inputs.length === 0) await admin.deleteGroup(applicationId);
    else await admin.setGroupOffsets(applicationId, inputs);
  } catch (cause) {
    throw new StreamsError(
      'ILLEGAL_STATE',
      `the group ${applicationId} could not be reset: stop all its instances first (${toError(cause).message})`,
      { cause },
    );
  }
  await admin.deleteTopics(internalTopics);
  // The group's offsets in topics that are gone would be out of range in those created anew.
  await admin.deleteGroup(applicationId);
  await admin.setGroupOffsets(applicationId, inputs);
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
