import { startDoubles } from '@mesh/local-cloud';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The AWS doubles in this process, with state of their own, and what a test asks of them. */
export interface TestCloud {
  readonly url: string;
  admin(path: string, body?: object, method?: string): Promise<Record<string, unknown>>;
  /** Puts a fault in force for calls of a service. */
  fault(spec: { service: string; kind: string; [option: string]: unknown }): Promise<void>;
  /** Calls of an operation since the last {@link calm}. */
  calls(service: string, operation: string): Promise<number>;
  /** Ends all faults and sets the counts of calls to nothing. */
  calm(): Promise<void>;
  close(): Promise<void>;
}

interface Stats {
  readonly services?: Record<string, Record<string, { readonly calls: number } | undefined> | undefined>;
}

export async function startTestCloud(): Promise<TestCloud> {
  // The SDK's clients take them from there, as in production.
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  const stateDir = mkdtempSync(join(tmpdir(), 'sinks-'));
  const doubles = await startDoubles({ stateDir, region: 'us-east-1', log: () => undefined });
  const admin = async (
    path: string,
    body: object = {},
    method = 'POST',
  ): Promise<Record<string, unknown>> => {
    const response = await fetch(`${doubles.url}/_double/${path}`, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    url: doubles.url,
    admin,
    fault: async (spec) => void (await admin('faults', spec)),
    calls: async (service, operation) => {
      const { services }: Stats = await admin('stats', {}, 'GET');
      return services?.[service]?.[operation]?.calls ?? 0;
    },
    calm: async () => {
      await admin('faults', {}, 'DELETE');
      await admin('reset-stats');
    },
    close: async () => {
      await doubles.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Waits until `condition` holds. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still not: ${what}`);
    await sleep(20);
  }
}
