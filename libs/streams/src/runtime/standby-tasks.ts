import type { TaskState } from '../state/task-state.js';
import { Restoration, type RestorationOptions } from './restoration.js';

export interface StandbyTasksOptions {
  /** @throws StreamsError `STATE_LOCKED`, `STATE_UNREADABLE` */
  readonly open: (taskId: string) => Promise<TaskState>;
  readonly restoring: RestorationOptions;
}

/**
 * The states of tasks that are active elsewhere, following their changelogs: a task that becomes active here goes on
 * from where its state is. Warm-ups are no different, they are only meant to end soon.
 */
export class StandbyTasks {
  readonly #options: StandbyTasksOptions;
  readonly #states = new Map<string, TaskState>();
  #following: Restoration | undefined;

  constructor(options: StandbyTasksOptions) {
    this.#options = options;
  }

  get states(): readonly TaskState[] {
    return [...this.#states.values()];
  }

  get failure(): Error | undefined {
    return this.#following?.failure;
  }

  /** Offsets of its changelogs that a state is behind; `undefined` while that is not known. */
  remainingOf(state: TaskState): number | undefined {
    return this.#following?.remainingOf(state);
  }

  /** How long ago a state was at the ends of its changelogs; see {@link Restoration.ageOf}. */
  ageOf(state: TaskState): number | undefined {
    return this.#following?.ageOf(state);
  }

  /** Hands a state over that is to become active; it follows no more. Others go on with {@link assign}. */
  take(taskId: string): TaskState | undefined {
    const state = this.#states.get(taskId);
    if (state === undefined) return undefined;
    this.#halt();
    this.#states.delete(taskId);
    return state;
  }

  /**
   * Makes these the standby tasks, and no others.
   *
   * @param retired states at hand, of tasks that were active until now; those that are used are taken out
   * @returns states that are not followed any more, to be closed
   */
  async assign(taskIds: readonly string[], retired: Map<string, TaskState>): Promise<readonly TaskState[]> {
    const wanted = new Set(taskIds);
    const same = wanted.size === this.#states.size && taskIds.every((id) => this.#states.has(id));
    if (same && (this.#following !== undefined || wanted.size === 0)) return [];
    this.#halt();
    const dropped = [...this.#states].filter(([id]) => !wanted.has(id)).map(([, state]) => state);
    for (const { id } of dropped) this.#states.delete(id);
    for (const id of taskIds) {
      if (this.#states.has(id)) continue;
      const state = retired.get(id) ?? (await this.#options.open(id));
      retired.delete(id);
      this.#states.set(id, state);
    }
    if (this.#states.size > 0) {
      this.#following = new Restoration(this.states, { ...this.#options.restoring, follow: true });
      this.#following.start();
    }
    return dropped;
  }

  /** @returns the states, to be closed */
  end(): readonly TaskState[] {
    this.#halt();
    const states = this.states;
    this.#states.clear();
    return states;
  }

  #halt(): void {
    this.#following?.stop();
    this.#following = undefined;
  }
}
