import { generateCatalogue } from '../listening/generate/catalogue.js';
import { generateListeners } from '../listening/generate/users.js';
import type { Progress } from '../progress.js';
import type { Mesh } from '../supervisor/mesh.js';
import { catalogueStage } from './catalogue.js';
import { changeStage } from './change.js';
import type { Checks } from './checks.js';
import { insightsStage } from './insights.js';
import { landedStage, listenStage, type ListeningOptions } from './listen.js';
import { loadStage } from './load.js';
import { recommendStage, trendsStage } from './recommend.js';
import { report, type Stage } from './stage.js';

export interface DemoOptions extends ListeningOptions {
  /** Kill and restart each app and the broker on the way. */
  readonly chaos: boolean;
}

/**
 * Loads the catalogue, replays a listening log, shows what comes out of a running mesh, and checks every promise on the
 * way.
 */
export async function runDemo(
  mesh: Mesh,
  options: DemoOptions,
  checks: Checks,
  progress: Progress,
): Promise<void> {
  const stage: Stage = {
    mesh,
    catalogue: generateCatalogue(),
    listeners: generateListeners(),
    checks,
    progress,
    chaos: options.chaos,
  };
  await loadStage(stage);
  const listening = await listenStage(stage, options);
  const recommended = await recommendStage(stage, listening);
  await trendsStage(stage, listening);
  await insightsStage(stage, listening, recommended.userId);
  await changeStage(stage, recommended);
  await catalogueStage(stage);
  report(stage, 'Every interaction accounted for', await listening.settled());
  await landedStage(stage, listening);
}
