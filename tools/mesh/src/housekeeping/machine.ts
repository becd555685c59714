import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import type { Finding } from './finding.js';

const GIB = 2 ** 30;
/** What the installed servers and the data of a few demos take. */
const DISK_WARNING = 4 * GIB;
const DISK_FAULT = GIB / 2;
/** Resident memory of the whole mesh, with room. */
const MEMORY_WARNING = 4 * GIB;

/** Is this machine fit to run the mesh? @param home where the mesh keeps its files; may not exist yet */
export function examineMachine(home: string): readonly Finding[] {
  return [
    version('Java', 'java', ['-version']),
    version('Python', 'python3', ['--version']),
    disk(home),
    memory(),
  ];
}

function version(what: string, command: string, args: readonly string[]): Finding {
  try {
    // Java answers on standard error.
    const text = execFileSync('sh', ['-c', '"$@" 2>&1', 'sh', command, ...args], { encoding: 'utf8' });
    return { what, verdict: 'ok', seen: text.split('\n')[0] ?? '' };
  } catch {
    const todo = `install it: ./mesh names the package`;
    return { what, verdict: 'fault', seen: `${command} does not run`, todo };
  }
}

function disk(home: string): Finding {
  let folder = home;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const seen = `${(free / GIB).toFixed(1)} GiB free at ${folder}`;
  if (free >= DISK_WARNING) return { what: 'disk', verdict: 'ok', seen };
  const todo = `free some, or give the mesh another place by MESH_HOME; ./mesh up --fresh forgets old data`;
  return { what: 'disk', verdict: free < DISK_FAULT ? 'fault' : 'warning', seen, todo };
}

function memory(): Finding {
  const free = freemem();
  const seen = `${(free / GIB).toFixed(1)} GiB available`;
  if (free >= MEMORY_WARNING) return { what: 'memory', verdict: 'ok', seen };
  return {
    what: 'memory',
    verdict: 'warning',
    seen,
    todo: 'the whole mesh takes about 3 GiB: end something else',
  };
}
