import { meshHome } from '@mesh/local-cloud';
import type { Command } from 'commander';
import { formatFindings, type Finding } from '../housekeeping/finding.js';
import { examineMachine } from '../housekeeping/machine.js';
import { examineSchemas } from '../housekeeping/schemas.js';
import { examineStreams } from '../housekeeping/streams.js';
import { apps } from '../supervisor/apps.js';
import { localAccount } from '../supervisor/environment.js';
import { runDir } from '../supervisor/paths.js';
import { readState } from '../supervisor/state.js';
import { meshStatus } from '../supervisor/status.js';
import { withKafka } from './kafka.js';

/** `mesh doctor`: what is wrong with this machine and the mesh on it, and what to do about each. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'examine the machine and the running mesh, and say what to do about what is wrong (exit status 1)',
    )
    .action(async () => {
      const findings: Finding[] = [];
      const report = (found: readonly Finding[]): void => {
        findings.push(...found);
        if (found.length > 0) process.stdout.write(`${formatFindings(found)}\n`);
      };
      report(examineMachine(meshHome()));
      report(await examineProcesses());
      const state = readState(runDir());
      if (state !== undefined && findings.every(({ verdict }) => verdict !== 'fault')) {
        Object.assign(process.env, localAccount);
        const { GLUE_REGISTRY_NAME: registry = '' } = state.environment;
        report(await examineSchemas(registry, state.environment['AWS_ENDPOINT_URL_GLUE']));
        await withKafka('mesh-doctor', async (client) => {
          const admin = client.admin();
          const groups = apps.map(({ name }) => name);
          report(await examineStreams(client, admin, groups));
          await admin.close();
        });
      }
      const wrong = findings.filter(({ verdict }) => verdict !== 'ok').length;
      process.stdout.write(wrong === 0 ? 'All is well.\n' : `${wrong} of ${findings.length} need a look.\n`);
      if (findings.some(({ verdict }) => verdict === 'fault')) process.exitCode = 1;
    });
}

async function examineProcesses(): Promise<readonly Finding[]> {
  const rows = await meshStatus(runDir());
  if (rows.length === 0) return [{ what: 'mesh', verdict: 'ok', seen: 'not running; ./mesh up starts it' }];
  const wrong = rows.filter(({ ready }) => ready !== true);
  if (wrong.length === 0)
    return [{ what: 'mesh', verdict: 'ok', seen: `${rows.length} processes are ready` }];
  return wrong.map(({ name, state, ready }) => ({
    what: name,
    verdict: 'fault',
    seen: `${state}, not ready: ${String(ready)}`,
    todo:
      state === 'ended'
        ? `./mesh logs ${name} says why; ./mesh up starts it again`
        : `./mesh logs ${name} says what it waits for`,
  }));
}
