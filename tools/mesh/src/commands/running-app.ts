import { runDir } from '../supervisor/paths.js';
import { readState } from '../supervisor/state.js';

/**
 * Where an app of the running mesh is. To be asked before each attempt: one that was restarted may listen elsewhere.
 *
 * @param otherwise what one may do besides, as the end of the error's message
 */
export function urlOfApp(name: string, otherwise = ''): string {
  const url = readState(runDir())?.processes.find((process) => process.name === name)?.url;
  if (url === undefined) throw new Error(`no mesh is running: start one with ./mesh up${otherwise}`);
  return url;
}
