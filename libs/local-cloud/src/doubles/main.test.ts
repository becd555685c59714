import {
  CreateRegistryCommand,
  CreateSchemaCommand,
  GetSchemaVersionCommand,
  GlueClient,
  ListRegistriesCommand,
  RegisterSchemaVersionCommand,
} from '@aws-sdk/client-glue';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RUN_SOURCES } from '@mesh/jest/sources.mjs';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { botocoreDataDir } from '../install/python.js';
import { packageDir } from '../install/paths.js';
import { admin, sdkConfig } from '../test/serve.js';

interface Running {
  readonly process: ChildProcess;
  readonly url: string;
  readonly glue: GlueClient;
}

let stateDir: string;
let started: Running[] = [];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'doubles-'));
  started = [];
});

afterEach(() => {
  for (const { process, glue } of started) {
    glue.destroy();
    process.kill('SIGKILL');
  }
  rmSync(stateDir, { recursive: true });
});

/** Starts the program; `before` is put before it in a shell. */
async function start(env: Record<string, string> = {}, before = ''): Promise<Running> {
  // Not while the program's start is waited for.
  await botocoreDataDir();
  const options = [...RUN_SOURCES, join(packageDir, 'src/doubles/main.ts')];
  const child = spawn('sh', ['-c', `${before} exec "$0" "$@"`, process.execPath, ...options], {
    env: { ...process.env, DOUBLES_STATE_DIR: stateDir, GLUE_PENDING_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { msg, url } = JSON.parse(line) as { msg: string; url: string };
  expect(msg).toBe('listening');
  const running = { process: child, url, glue: new GlueClient(sdkConfig(url)) };
  started.push(running);
  return running;
}

async function end({ process: child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exited)[0];
}

const createRegistry = (glue: GlueClient, name: string, description?: string) =>
  glue.send(new CreateRegistryCommand({ RegistryName: name, Description: description }));

async function registryNames(glue: GlueClient): Promise<(string | undefined)[]> {
  const { Registries } = await glue.send(new ListRegistriesCommand({ MaxResults: 100 }));
  return (Registries ?? []).map(({ RegistryName }) => RegistryName);
}

describe('the doubles as a process', () => {
  it('serve all services on one port and end on SIGTERM', async () => {
    const running = await start();
    const response = await fetch(`${running.url}/_double/health`);
    expect(await response.json()).toEqual({
      status: 'ok',
      services: [
        'glue',
        'dynamodb',
        'firehose',
        'personalize',
        'personalize-events',
        'personalize-runtime',
        'datazone',
      ],
    });
    await createRegistry(running.glue, 'mesh');
    // The client's connection is still open.
    expect(await end(running, 'SIGTERM')).toBe(0);
  });

  it('know after kill -9 all that was answered', async () => {
    const first = await start();
    await createRegistry(first.glue, 'mesh');
    const definition = (fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
    const { SchemaVersionId: one } = await first.glue.send(
      new CreateSchemaCommand({
        RegistryId: { RegistryName: 'mesh' },
        SchemaName: 's',
        DataFormat: 'AVRO',
        Compatibility: 'NONE',
        SchemaDefinition: definition([]),
      }),
    );
    // Answers come in while more is asked: the kill finds calls under way.
    const answered: (string | undefined)[] = [one];
    const register = async (i: number): Promise<void> => {
      const { SchemaVersionId: id } = await first.glue.send(
        new RegisterSchemaVersionCommand({
          SchemaId: { RegistryName: 'mesh', SchemaName: 's' },
          SchemaDefinition: definition([{ name: `f${i}`, type: 'int' }]),
        }),
      );
      answered.push(id);
      if (answered.length === 50) first.process.kill('SIGKILL');
    };
    const settled = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => register(i)));
    expect(settled.some(({ status }) => status === 'rejected')).toBe(true);
    expect(answered.length).toBeGreaterThanOrEqual(50);
    const second = await start();
    for (const id of answered) {
      const found = await second.glue.send(new GetSchemaVersionCommand({ SchemaVersionId: id }));
      expect(found).toMatchObject({ SchemaVersionId: id, Status: 'AVAILABLE' });
    }
  });

  it('refuse calls while the disk is full, lose nothing that was answered, and go on when it is not', async () => {
    // A limit on the size of files is met as a full disk is, and half a line is written.
    const running = await start({}, 'ulimit -S -f 8;');
    const created: string[] = [];
    let refusal: unknown;
    for (let i = 0; i < 50 && refusal === undefined; i++) {
      try {
        await createRegistry(running.glue, `r${i}`, 'd'.repeat(500));
        created.push(`r${i}`);
      } catch (error) {
        refusal = error;
      }
    }
    expect(created.length).toBeGreaterThan(3);
    const unwritable = {
      name: 'InternalFailure',
      message: expect.stringContaining('cannot be written') as unknown,
    };
    expect(refusal).toMatchObject(unwritable);
    await expect(createRegistry(running.glue, 'more')).rejects.toMatchObject(unwritable);
    execFileSync('prlimit', ['--pid', String(running.process.pid), '--fsize=unlimited:']);
    await createRegistry(running.glue, 'after');
    await end(running, 'SIGKILL');
    const names = await registryNames((await start()).glue);
    expect(names).toEqual(expect.arrayContaining([...created, 'after']));
    expect(names).not.toContain('more');
  });

  it('take the time of being PENDING and the region from the environment', async () => {
    const { url, glue } = await start({ AWS_REGION: 'eu-north-1' });
    expect(await admin(url, 'glue/pending', { ms: 5 })).toMatchObject({ body: { ms: 5 } });
    const { RegistryArn } = await createRegistry(glue, 'mesh');
    expect(RegistryArn).toBe('arn:aws:glue:eu-north-1:123456789012:registry/mesh');
  });

  it.each([
    [{ DOUBLES_STATE_DIR: '' }, 'DOUBLES_STATE_DIR must name the folder'],
    [{ DOUBLES_PORT: 'any' }, 'DOUBLES_PORT must be a whole number, not "any"'],
    [{ GLUE_PENDING_MS: '-1' }, 'GLUE_PENDING_MS must be a whole number, not "-1"'],
  ])('say what is wrong with %j and end with 78', async (env, message) => {
    const options = [...RUN_SOURCES, join(packageDir, 'src/doubles/main.ts')];
    const child = spawn(process.execPath, options, {
      env: { ...process.env, DOUBLES_STATE_DIR: stateDir, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [status] = (await once(child, 'close')) as [number];
    expect({ status, text }).toEqual({ status: 78, text: expect.stringContaining(message) });
  });
});
