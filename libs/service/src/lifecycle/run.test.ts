import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startServiceProcess, type ServiceProcess } from '../testing/service-process.js';

const MAIN = fileURLToPath(new URL('../test/main.ts', import.meta.url));

const running: ServiceProcess[] = [];

function start(env: Readonly<Record<string, string>> = {}): ServiceProcess {
  const process = startServiceProcess(MAIN, { KAFKA_BROKERS: '127.0.0.1:9', ...env });
  running.push(process);
  return process;
}

afterEach(async () => {
  for (const { child, exit } of running.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

async function eventuallyReady(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  const ready = () =>
    fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) {
    if (Date.now() > deadline) throw new Error('not ready after 30 s');
    await sleep(20);
  }
}

const messages = (process: ServiceProcess) => process.lines.map((line) => line.msg);

describe('a service process', () => {
  it('says where it listens and answers there', async () => {
    const service = start();
    const { url } = await service.line('listening');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const ready = await fetch(`${String(url)}/ready`);
    expect(ready.status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'answers what it took in before it ends with 0 on %s',
    async (signal) => {
      const service = start();
      const { url } = await service.line('listening');
      const answer = fetch(`${String(url)}/slow`);
      await service.line('slow request taken in');
      service.child.kill(signal);
      const response = await answer;
      expect(await response.json()).toEqual({ answered: true });
      expect(await service.exit).toBe(0);
      const order = messages(service).filter((message) => message !== 'slow request taken in');
      expect(order).toEqual(['listening', 'stopping', 'service closed', 'stopped']);
      await expect(fetch(`${String(url)}/health`)).rejects.toThrow();
    },
  );

  it('does not wait for a worker that hangs', async () => {
    const service = start({ BEHAVIOUR: 'hang-in-a-worker' });
    await service.exit;
    // Which waits for nothing; an exit would.
    expect(service.child.signalCode).toBe('SIGKILL');
    expect(messages(service)).toContain('service closed');
  });

  it('takes a second signal as the same wish', async () => {
    const service = start();
    const { url } = await service.line('listening');
    const answer = fetch(`${String(url)}/slow`);
    await service.line('slow request taken in');
    service.child.kill('SIGINT');
    await service.line('stopping');
    service.child.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    expect(await service.exit).toBe(0);
  });

  it('says "not ready" before it stops taking requests, where told to wait', async () => {
    const service = start({ SHUTDOWN_DELAY_MS: '1500' });
    const { url } = await service.line('listening');
    service.child.kill('SIGTERM');
    await service.line('stopping');
    const ready = await fetch(`${String(url)}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 503, detail: 'stopping' });
    expect((await fetch(`${String(url)}/slow`)).status).toBe(200);
    expect(await service.exit).toBe(0);
  });

  it('gives up a close that hangs and says so with status 1', async () => {
    const service = start({ BEHAVIOUR: 'hang-on-close', SHUTDOWN_TIMEOUT_MS: '300' });
    await service.line('listening');
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(1);
    expect(messages(service)).toContain('did not stop in time; what was not finished is given up');
  });

  it('closes and ends with 70 when the service can not go on', async () => {
    const service = start({ BEHAVIOUR: 'fail-later' });
    expect(await service.exit).toBe(70);
    expect(messages(service)).toEqual(['listening', 'failed', 'service closed', 'stopped']);
    expect(service.lines[1]).toMatchObject({ level: 'fatal', err: { message: 'fenced for good' } });
  });

  it.each([
    ['reject', 'nobody awaits this'],
    ['throw', 'nobody catches this'],
  ])('logs an uncaught error as fatal and ends with 70 (%s)', async (behaviour, message) => {
    const service = start({ BEHAVIOUR: behaviour });
    expect(await service.exit).toBe(70);
    expect(service.lines.at(-1)).toMatchObject({ level: 'fatal', msg: 'uncaught error', err: { message } });
  });

  it('waits for what its start needs, says so, and then starts where it was listening', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'service-'));
    const file = join(folder, 'awaited');
    const service = start({ BEHAVIOUR: 'wait', AWAITED_FILE: file });
    const url = String((await service.line('listening')).url);
    expect(await service.line('can not start yet, and waits')).toMatchObject({ level: 'warn' });
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ detail: 'waiting to start: the registry does not answer' });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const slow = await fetch(`${url}/slow`);
    expect(slow.status).toBe(503);
    expect(slow.headers.get('retry-after')).toBe('1');

    writeFileSync(file, '');
    await service.line('what the start waited for is there');
    await eventuallyReady(url);
    expect((await fetch(`${url}/slow`)).status).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    // An outage is one line, however long it is.
    expect(messages(service).filter((message) => message?.includes('waits'))).toHaveLength(1);
    expect(messages(service).filter((message) => message === 'listening')).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });

  it('ends with 0 when it is stopped while it waits', async () => {
    const service = start({ BEHAVIOUR: 'wait' });
    await service.line('listening');
    service.child.kill('SIGTERM');
    expect(await service.exit).toBe(0);
    expect(messages(service)).toContain('stopped');
  });

  it('ends with 70 when what it waits for does not come in time', async () => {
    const service = start({ BEHAVIOUR: 'wait', START_TIMEOUT_MS: '1500' });
    expect(await service.exit).toBe(70);
    expect(service.lines.at(-1)).toMatchObject({
      msg: 'start failed',
      err: { message: 'the registry does not answer' },
    });
  });

  it('ends with 70 when the start fails', async () => {
    const service = start({ BEHAVIOUR: 'fail-on-start' });
    expect(await service.exit).toBe(70);
    expect(service.lines.at(-1)).toMatchObject({
      msg: 'start failed',
      err: { message: 'nothing to start with' },
    });
  });

  it('ends with 78 and one line a fault on a bad configuration, without showing a secret', async () => {
    const service = start({
      HTTP_PORT: '70000',
      BEHAVIOUR: 'odd',
      API_PASSWORD: 'hunter2',
      KAFKA_BROKERS: '',
    });
    expect(await service.exit).toBe(78);
    expect(service.lines).toEqual([]);
    const lines = service.stderr().trim().split('\n');
    expect(lines.sort()).toEqual([
      'configuration: API_PASSWORD is (a secret, not shown); allowed is text of at least 8 characters',
      'configuration: BEHAVIOUR is "odd"; allowed is one of well, hang-on-close, fail-on-start, wait, fail-later, reject, throw, hang-in-a-worker',
      'configuration: HTTP_PORT is "70000"; allowed is an integer from 0 to 65535',
      'configuration: KAFKA_BROKERS is not set; it must be a comma-separated list of host:port',
    ]);
  });
});
