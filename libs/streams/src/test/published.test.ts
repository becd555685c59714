import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { install, link, pack } from '@mesh/jest/packed.mjs';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LIBS = join(import.meta.dirname, '../../..');
const MODULES = join(LIBS, '../node_modules');
/** What is published together. */
const PACKAGES = ['kafka', 'streams', 'streams-lmdb'];

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A project outside the workspace, with the packages as npm would publish them. */
let project: string;
const packed = new Map<string, readonly string[]>();

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'mesh-published-'));
  const tarballs: string[] = [];
  for (const name of PACKAGES) {
    const { tarball, files } = await pack(join(LIBS, name), project);
    packed.set(name, files);
    tarballs.push(tarball);
  }
  await install(project, tarballs);
  await link(project, ['@types/node', 'typescript']);
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
}, 180_000);

afterAll(async () => {
  if (project !== undefined) await rm(project, { recursive: true, force: true });
});

async function manifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function installedWith({ dependencies, optionalDependencies }: Manifest): readonly string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

async function external(): Promise<readonly string[]> {
  const manifests = await Promise.all(PACKAGES.map((name) => manifest(join(LIBS, name))));
  return manifests.flatMap(installedWith).filter((name) => !name.startsWith('@mesh/'));
}

/** Everything that an installation brings along. */
async function closure(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const add = async (name: string, from: string): Promise<void> => {
    if (found.has(name)) return;
    found.add(name);
    for (const folder of createRequire(join(from, 'x.js')).resolve.paths(name) ?? []) {
      const installed = await manifest(join(folder, name)).catch(() => undefined);
      if (installed === undefined) continue;
      for (const next of installedWith(installed)) await add(next, join(folder, name));
      return;
    }
  };
  for (const name of await external()) await add(name, LIBS);
  return found;
}

describe('the published packages', () => {
  it('hold what runs and its types, and neither tests nor sources', async () => {
    for (const [name, files] of packed) {
      expect(files).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']),
      );
      expect(files.filter((path) => /\.test\.|\/test\/|^src\/|\.map$|tsbuildinfo/.test(path))).toEqual([]);
      expect((await manifest(join(LIBS, name))).private).toBeUndefined();
    }
    const documents = ['CHANGELOG.md', 'docs/from-java.md', 'examples/plays-per-song.ts'];
    expect(packed.get('streams')).toEqual(expect.arrayContaining(documents));
    for (const files of packed.values()) expect(files).toContain('api.md');
  });

  it('depend on Kafka clients, and LMDB, alone: on nothing of AWS, of this mesh, or for tests', async () => {
    expect(await manifest(join(LIBS, 'streams'))).toMatchObject({ dependencies: { '@mesh/kafka': '0.1.0' } });
    const internal = await Promise.all(
      PACKAGES.map(async (name) => installedWith(await manifest(join(LIBS, name)))),
    );
    expect(new Set(internal.flat().filter((name) => name.startsWith('@mesh/')))).toEqual(
      new Set(['@mesh/kafka', '@mesh/streams']),
    );
    const all = [...(await closure())];
    expect(all).toEqual(expect.arrayContaining(['kafkajs', '@platformatic/kafka']));
    expect(all.filter((name) => /aws|smithy|jest|vitest|mocha|contracts|fast-check/.test(name))).toEqual([]);
  });

  it("run the README's example, type-checked, in a project of their user", async () => {
    const example = join(LIBS, 'streams/examples/plays-per-song.ts');
    const source = await readFile(example, 'utf8');
    const readme = await readFile(join(LIBS, 'streams/README.md'), 'utf8');
    expect(readme).toContain(`\`\`\`ts\n${source}\`\`\``);
    await cp(example, join(project, 'plays-per-song.ts'));
    const compilerOptions = { module: 'nodenext', target: 'es2023', strict: true, types: ['node'] };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['plays-per-song.ts'] }),
    );
    const tsc = join(MODULES, 'typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', project]);
    const { stdout } = await run(process.execPath, ['plays-per-song.js'], {
      cwd: project,
      // Whoever wants colours elsewhere does not want them here.
      env: { ...process.env, FORCE_COLOR: '0' },
    });
    expect(stdout).toBe('song-1: 1\nsong-1: 2\n{ value: 2, timestamp: 2000 }\n');
  }, 120_000);
});
