// Lets a test start one of our programs from its TypeScript sources as a process of its own, without a build:
//   node --conditions=@mesh/source --import @mesh/jest/typescript.mjs program.ts
// Node strips the types; what is left to do is to find `x.ts` where `./x.js` is imported.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
      const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(fileURLToPath(source))) return nextResolve(source.href, context);
    }
    return nextResolve(specifier, context);
  },
});
