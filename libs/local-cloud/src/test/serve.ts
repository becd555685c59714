import { loadServiceModel, type ServiceModel } from '../doubles/framework/model.js';
import { serveDoubles, type DoublesServer, type DoublesServerOptions } from '../doubles/framework/server.js';
import type { DoubleOptions, ServiceDouble } from '../doubles/framework/types.js';
import { memoryJournals } from '../doubles/journal/memory-journals.js';
import { botocoreDataDir } from '../install/python.js';

/** What a double is made with in a test: journals in memory, the real clock unless another is given. */
export function testOptions(overrides: Partial<DoubleOptions> = {}): DoubleOptions {
  return {
    journals: memoryJournals(),
    stateDir: '/nonexistent',
    now: () => Date.now(),
    accountId: '123456789012',
    region: 'eu-west-1',
    log: () => undefined,
    ...overrides,
  };
}

const loaded = new Map<string, ServiceModel>();

async function modelOf(service: string): Promise<ServiceModel> {
  const model = loaded.get(service) ?? loadServiceModel(await botocoreDataDir(), service);
  loaded.set(service, model);
  return model;
}

/** Serves doubles with AWS's own models on a free port. */
export async function serve(
  doubles: readonly ServiceDouble[],
  overrides: Partial<DoublesServerOptions> = {},
): Promise<DoublesServer> {
  const models = new Map<string, ServiceModel>();
  for (const { service } of doubles) models.set(service, await modelOf(service));
  return serveDoubles({ doubles, models, now: () => Date.now(), log: () => undefined, ...overrides });
}

/** What an SDK client needs to talk to the doubles; failures are seen as they are, not after retries. */
export const sdkConfig = (url: string) => ({
  endpoint: url,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  maxAttempts: 1,
});

/** A signed request by hand, for what an SDK client would not send. */
export async function rawCall(
  url: string,
  service: string,
  options: {
    target?: string;
    path?: string;
    method?: string;
    body?: string;
    headers?: Record<string, string>;
  },
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const scope = `AKIATEST/20260101/eu-west-1/${service}/aws4_request`;
  const response = await fetch(`${url}${options.path ?? '/'}`, {
    method: options.method ?? 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      ...(options.target === undefined ? {} : { 'x-amz-target': options.target }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body };
}

/** A post to `/_double`. */
export async function admin(
  url: string,
  path: string,
  body: unknown = {},
  method = 'POST',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/_double/${path}`, {
    method,
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
