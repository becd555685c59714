/** What Node is told, in a process or a worker, to run our TypeScript sources without a build. */
export const RUN_SOURCES = [
  '--conditions=@mesh/source',
  '--import',
  new URL('./typescript.mjs', import.meta.url).href,
];
