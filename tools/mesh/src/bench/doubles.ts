/** Asks the doubles for what they tell beside AWS's own operations. */
export async function callDoubles(doublesUrl: string, method: string, name: string): Promise<unknown> {
  const answer = await fetch(`${doublesUrl}/_double/${name}`, { method });
  if (!answer.ok)
    throw new Error(`${method} ${name} of the doubles answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Calls of an operation since the statistics were reset. */
export async function callsOf(doublesUrl: string, service: string, operation: string): Promise<number> {
  const { services } = (await callDoubles(doublesUrl, 'GET', 'stats')) as {
    services: Record<string, Record<string, { calls: number }>>;
  };
  return services[service]?.[operation]?.calls ?? 0;
}
