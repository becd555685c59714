import { describeTopology, type Topology, type TopologyDescriptor } from '@mesh/streams';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { workspaceRoot } from '../supervisor/paths.js';

/** An application that has a `described.ts`: it keeps state, or topics of its own. */
export interface DescribedApp {
  readonly name: string;
  readonly folder: string;
  readonly topology: Topology;
  /** As the code has it. */
  readonly now: TopologyDescriptor;
  /** As it is committed, for the state there is; absent for a new application. */
  readonly committed: TopologyDescriptor | undefined;
  readonly acknowledged: readonly Acknowledgement[];
}

/** A change that somebody has seen to. */
export interface Acknowledgement {
  readonly code: string;
  readonly name: string;
  /** What becomes of the state, and why that is right. */
  readonly reason: string;
}

/** @throws Error where one cannot be loaded, or a file of its does not say what it should */
export async function describedApps(root = workspaceRoot): Promise<readonly DescribedApp[]> {
  const modules = globSync('apps/*/dist/described.js', { cwd: root }).sort();
  return Promise.all(modules.map((path) => load(root, path)));
}

async function load(root: string, path: string): Promise<DescribedApp> {
  const folder = join(root, path, '../..');
  const module = (await import(pathToFileURL(join(root, path)).href)) as {
    readonly describedTopology: () => Topology;
  };
  const topology = module.describedTopology();
  return {
    name: basename(folder),
    folder,
    topology,
    now: describeTopology(topology),
    committed: readJson(join(folder, 'topology.json')) as TopologyDescriptor | undefined,
    acknowledged: acknowledgements(join(folder, 'topology.acknowledged.json')),
  };
}

export function acknowledgements(file: string): readonly Acknowledgement[] {
  const list = readJson(file) ?? [];
  if (!Array.isArray(list)) throw new Error(`${file}: not a list of { code, name, reason }`);
  for (const each of list as readonly Partial<Acknowledgement>[]) {
    if (typeof each.code !== 'string' || typeof each.name !== 'string' || (each.reason ?? '').trim() === '') {
      throw new Error(`${file}: ${JSON.stringify(each)} lacks a code, a name or a reason`);
    }
  }
  return list as readonly Acknowledgement[];
}

export function writeDescription(app: Pick<DescribedApp, 'folder' | 'now'>): void {
  writeFileSync(join(app.folder, 'topology.json'), `${JSON.stringify(app.now, null, 2)}\n`);
}

/** What was committed at another revision; `undefined` where the application was not described there. */
export async function committedAt(
  revision: string,
  app: string,
  root = workspaceRoot,
): Promise<TopologyDescriptor | undefined> {
  const git = promisify(execFile);
  await git('git', ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`], { cwd: root }).catch(() => {
    throw new Error(`git knows no revision ${revision}`);
  });
  const path = `apps/${app}/topology.json`;
  const { stdout } = await git('git', ['ls-tree', '--name-only', revision, path], { cwd: root });
  if (stdout.trim() === '') return undefined;
  const shown = await git('git', ['show', `${revision}:${path}`], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(shown.stdout) as TopologyDescriptor;
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
