// Packages as npm would publish them, in a project outside the workspace.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALLED = fileURLToPath(new URL('../../node_modules', import.meta.url));

export async function pack(folder, destination) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const { stdout } = await run('npm', args, { cwd: folder });
  const [packed] = JSON.parse(stdout);
  if (packed === undefined) throw new Error(`npm packed nothing of ${folder}`);
  return { tarball: join(destination, packed.filename), files: packed.files.map(({ path }) => path) };
}

export async function install(project, tarballs) {
  const modules = join(project, 'node_modules');
  const needed = new Set();
  for (const tarball of tarballs) {
    const unpacked = join(modules, '.unpacked');
    await mkdir(unpacked, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1']);
    const manifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'));
    const target = join(modules, manifest.name);
    await mkdir(dirname(target), { recursive: true });
    await rename(unpacked, target);
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      needed.add(name);
    }
  }
  await link(
    project,
    [...needed].filter((name) => !existsSync(join(modules, name))),
  );
}

export async function link(project, names) {
  for (const name of names) {
    const target = join(project, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(INSTALLED, name), target);
  }
}
