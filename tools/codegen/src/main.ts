import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TARGET, generate } from './generate.js';
import { InvalidContractsError } from './model.js';

const USAGE = 'usage: node tools/codegen/dist/main.js [--check] [ROOT]';

/** @returns the exit status: 0 done or current, 1 stale or invalid, 64 wrong use */
function main(args: readonly string[]): number {
  const check = args.includes('--check');
  const [root, ...more] = args.filter((argument) => argument !== '--check');
  if (more.length > 0 || root?.startsWith('-')) {
    console.error(USAGE);
    return 64;
  }
  const workspace = resolve(root ?? resolve(dirname(fileURLToPath(import.meta.url)), '../../..'));
  try {
    const { stale, warnings, files } = generate(workspace, { write: !check });
    for (const warning of warnings) console.error(`hint: ${warning}`);
    if (!check) {
      console.log(`${TARGET}: ${files} files, ${stale.length} changed`);
      return 0;
    }
    for (const line of stale) console.error(`stale: ${TARGET}/${line}`);
    if (stale.length > 0)
      console.error('The contracts are not what schemas/ says: run npm run generate and commit.');
    else console.log(`${TARGET}: ${files} files, all current`);
    return stale.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof InvalidContractsError)) throw error;
    for (const fault of error.faults) console.error(fault);
    console.error(`${error.faults.length} faults in schemas/; nothing was written.`);
    return 1;
  }
}

process.exitCode = main(process.argv.slice(2));
