import type { Journal, Journals } from '../../journal/types.js';
import { inUse, notFound } from '../errors.js';

export type Kind =
  | 'schema'
  | 'dataset-group'
  | 'dataset'
  | 'dataset-import-job'
  | 'event-tracker'
  | 'solution'
  | 'solution-version'
  | 'campaign'
  | 'filter';

/** What is kept of a resource. */
export interface Resource {
  readonly kind: Kind;
  readonly arn: string;
  readonly name: string;
  /** ARN of what it belongs to: of the dataset group, of a version's solution, of an import job's dataset. */
  readonly parent?: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly deletedMs?: number;
  /** For resources that take work: when it was done. */
  readonly doneMs?: number;
  readonly failureReason?: string;
  /** Members by their names in the API. */
  readonly members: Readonly<Record<string, unknown>>;
}

type Entry = { readonly resource: Resource } | { readonly removed: string };

const works: ReadonlySet<Kind> = new Set<Kind>(['dataset-import-job', 'solution-version']);

/**
 * All resources by ARN, and the states they go through by the clock:
 *
 *     CREATE PENDING → CREATE IN_PROGRESS → ACTIVE | CREATE FAILED
 *     DELETE PENDING → DELETE IN_PROGRESS → gone
 */
export class Resources {
  readonly #byArn = new Map<string, Resource>();
  readonly #journal: Journal<Entry>;
  readonly #transitionMs: number;

  constructor(journals: Journals, transitionMs: number) {
    this.#transitionMs = transitionMs;
    this.#journal = journals.open<Entry>('personalize', {
      replay: (entry) => {
        if ('resource' in entry) this.#byArn.set(entry.resource.arn, entry.resource);
        else this.#byArn.delete(entry.removed);
      },
      snapshot: () => [...this.#byArn.values()].map((resource) => ({ resource })),
    });
  }

  get transitionMs(): number {
    return this.#transitionMs;
  }

  /** Resources of a kind that are not gone, in order of creation. */
  list(kind: Kind, now: number): Resource[] {
    this.#sweep(now);
    return [...this.#byArn.values()].filter((resource) => resource.kind === kind);
  }

  find(kind: Kind, arn: string, now: number): Resource | undefined {
    this.#sweep(now);
    const resource = this.#byArn.get(arn);
    return resource?.kind === kind ? resource : undefined;
  }

  /** @throws ModelledError `ResourceNotFoundException` */
  get(kind: Kind, arn: string, now: number): Resource {
    const resource = this.find(kind, arn, now);
    if (resource) return resource;
    throw notFound(arn);
  }

  /** @throws ModelledError `ResourceNotFoundException`, or `ResourceInUseException` while it changes */
  getActive(kind: Kind, arn: string, now: number): Resource {
    const resource = this.get(kind, arn, now);
    const status = this.status(resource, now);
    if (status === 'ACTIVE') return resource;
    throw inUse(`${arn} is in status ${status}: it must be ACTIVE`);
  }

  /** Adds a resource or replaces it. */
  save(resource: Resource): void {
    this.#byArn.set(resource.arn, resource);
    this.#journal.append({ resource });
  }

  /** Starts deleting; what has no states is gone at once. */
  delete(resource: Resource, now: number): void {
    if (resource.kind === 'schema') this.#remove(resource.arn);
    else if (resource.deletedMs === undefined) this.save({ ...resource, deletedMs: now, updatedMs: now });
  }

  /** Milliseconds until a resource leaves CREATE PENDING, and its work starts. */
  untilProgress({ createdMs }: Resource, now: number): number {
    return Math.max(0, createdMs + this.#transitionMs - now);
  }

  status(resource: Resource, now: number): string {
    const { createdMs, deletedMs, doneMs, failureReason } = resource;
    if (deletedMs !== undefined)
      return now < deletedMs + this.#transitionMs ? 'DELETE PENDING' : 'DELETE IN_PROGRESS';
    if (now < createdMs + this.#transitionMs) return 'CREATE PENDING';
    const finished = works.has(resource.kind) ? doneMs !== undefined : true;
    if (!finished || now < createdMs + 2 * this.#transitionMs) return 'CREATE IN_PROGRESS';
    return failureReason === undefined ? 'ACTIVE' : 'CREATE FAILED';
  }

  #sweep(now: number): void {
    for (const { arn, deletedMs } of this.#byArn.values()) {
      if (deletedMs !== undefined && now >= deletedMs + 2 * this.#transitionMs) this.#remove(arn);
    }
  }

  #remove(arn: string): void {
    this.#byArn.delete(arn);
    this.#journal.append({ removed: arn });
  }
}
