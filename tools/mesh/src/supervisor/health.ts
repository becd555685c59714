import { askCluster, askPostgres } from '@mesh/local-cloud';

/** Is a process ready? `health` as in `ProcessRecord`; answers true or what is wrong, within some seconds. */
export async function askHealth(health: string): Promise<true | string> {
  if (health.startsWith('kafka:')) {
    const view = await askCluster(Number(health.slice('kafka:'.length)));
    if (typeof view === 'string') return view;
    return view.brokers > 0 && view.controllerId >= 0 ? true : 'the broker is not registered yet';
  }
  if (health.startsWith('postgres:')) return askPostgres(Number(health.slice('postgres:'.length)));
  try {
    const answer = await fetch(health, { signal: AbortSignal.timeout(5000) });
    const body = await answer.text();
    return answer.ok ? true : `GET ${health} answers ${String(answer.status)}: ${body.slice(0, 300)}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `GET ${health}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
