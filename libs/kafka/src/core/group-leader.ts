import type { Assignor, MemberAssignment, MemberSubscription } from '../port/assignor.js';
import { ErrorCode } from '../wire/error-codes.js';
import { withoutOwnedByOthers } from './assignor.js';
import type { Cluster } from './cluster.js';

/** How often the leader looks for new partitions, and while a topic is missing. */
const WATCH_INTERVAL_MS = 60_000;
const MISSING_TOPIC_INTERVAL_MS = 1_000;

/** What the leader of a group does for all: shares out the partitions there are, and looks whether there are more. */
export class GroupLeader {
  private readonly cluster: Cluster;
  private readonly groupId: string;
  /** The partitions that were shared out, by topic. */
  private shared: Map<string, number> | undefined;
  /** How many partitions each topic had when that was last told. */
  private readonly counts = new Map<string, number>();
  private watchAt = 0;

  constructor(cluster: Cluster, groupId: string) {
    this.cluster = cluster;
    this.groupId = groupId;
  }

  /**
   * A topic that does not exist is shared out as having no partitions, and watched for; one that we may not see is the
   * caller's to know.
   */
  async share(
    assignor: Assignor,
    unordered: readonly MemberSubscription[],
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    const members = [...unordered].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
    await this.watch(members.flatMap((member) => member.topics));
    const shares = await assignor.assign({ members, partitionCounts: this.shared ?? new Map() });
    return assignor.protocol === 'cooperative' ? withoutOwnedByOthers(shares, members) : shares;
  }

  /** Counts partitions, for {@link partitionsChanged} to compare with. */
  async watch(topics: readonly string[]): Promise<void> {
    this.shared = await this.countPartitions([...new Set(topics)].sort());
    this.watchAt = Date.now() + this.watchInterval(this.shared);
  }

  unwatch(): void {
    this.shared = undefined;
  }

  /** To be called often: looks from time to time. */
  async partitionsChanged(): Promise<boolean> {
    const { shared } = this;
    if (shared === undefined || Date.now() < this.watchAt) return false;
    this.watchAt = Date.now() + MISSING_TOPIC_INTERVAL_MS;
    const counts = await this.countPartitions([...shared.keys()]);
    this.watchAt = Date.now() + this.watchInterval(counts);
    return [...counts].some(([topic, count]) => count > (shared.get(topic) ?? 0));
  }

  private async countPartitions(topics: readonly string[]): Promise<Map<string, number>> {
    for (const { topic, errorCode, partitions } of await this.cluster.describe(topics)) {
      if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
        this.counts.set(topic, partitions.length);
        continue;
      }
      const where = `looking up topic ${topic} for group ${this.groupId}`;
      const error = this.cluster.answered(errorCode, where);
      // Where it is not told for now, the topic has not lost what it had.
      if (!error.retriable) throw error;
    }
    return new Map(topics.map((topic) => [topic, this.counts.get(topic) ?? 0]));
  }

  private watchInterval(counts: ReadonlyMap<string, number>): number {
    return [...counts.values()].includes(0) ? MISSING_TOPIC_INTERVAL_MS : WATCH_INTERVAL_MS;
  }
}
