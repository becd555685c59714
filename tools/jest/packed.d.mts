/**
 * Packs the package in a folder as npm would publish it; it has to be built.
 *
 * @returns the tarball, named as npm names it, and what is in it
 */
export function pack(
  folder: string,
  destination: string,
): Promise<{ readonly tarball: string; readonly files: readonly string[] }>;

/** Installs tarballs in a project, and links what else they depend on as it is installed here: nothing is fetched. */
export function install(project: string, tarballs: readonly string[]): Promise<void>;

/** Links packages that are installed here into a project. */
export function link(project: string, names: readonly string[]): Promise<void>;
