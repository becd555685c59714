import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.js';
import type { Resource } from './resources.js';

/**
 * Trains solution versions. The double's model learns from every event as it comes, so a version only needs enough data
 * to be there; campaigns of any version serve the same, newest model.
 */
export class Trainings {
  readonly #plane: ControlPlane;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    for (const version of plane.resources.list('solution-version', plane.options.now())) {
      if (version.doneMs === undefined) this.start(version);
    }
  }

  start(version: Resource): void {
    const running = this.#run(version).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #run(version: Resource): Promise<void> {
    const { resources, options, data, settings } = this.#plane;
    try {
      await sleep(resources.untilProgress(version, options.now()), undefined, { signal: this.#stop.signal });
    } catch (error) {
      // Closed: the next process takes it up.
      if (this.#stop.signal.aborted) return;
      throw error;
    }
    const { events, imported } = data.group(version.members['datasetGroupArn'] as string).counts;
    const interactions = events + imported;
    const tooFew = interactions < settings.minInteractionsToTrain;
    const failureReason = `Training needs at least ${settings.minInteractionsToTrain} item interactions, and there are ${interactions}`;
    const now = options.now();
    resources.save({ ...version, doneMs: now, updatedMs: now, ...(tooFew && { failureReason }) });
  }
}
