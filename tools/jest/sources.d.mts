/** What Node is told, in a process or a worker, to run our TypeScript sources without a build. */
export const RUN_SOURCES: readonly string[];
