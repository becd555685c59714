/** One step from one JSON document to another (https://www.rfc-editor.org/rfc/rfc6902). */
export type PatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** The steps that turn one document into another; lists are compared by position. */
export function jsonPatch(from: unknown, to: unknown, path = ''): PatchStep[] {
  if (Array.isArray(from) && Array.isArray(to)) return patchList(from, to, path);
  if (isObject(from) && isObject(to)) return patchObject(from, to, path);
  return Object.is(from, to) ? [] : [{ op: 'replace', path, value: to }];
}

function patchList(from: readonly unknown[], to: readonly unknown[], path: string): PatchStep[] {
  const steps = to.flatMap((item, i): PatchStep[] =>
    i < from.length
      ? jsonPatch(from[i], item, `${path}/${i}`)
      : [{ op: 'add', path: `${path}/-`, value: item }],
  );
  // From the end, lest the positions of the others move.
  for (let i = from.length - 1; i >= to.length; i--) steps.push({ op: 'remove', path: `${path}/${i}` });
  return steps;
}

function patchObject(from: Record<string, unknown>, to: Record<string, unknown>, path: string): PatchStep[] {
  const steps: PatchStep[] = [];
  for (const key of Object.keys(from)) {
    if (!(key in to)) steps.push({ op: 'remove', path: `${path}/${escaped(key)}` });
  }
  for (const [key, value] of Object.entries(to)) {
    const inner = `${path}/${escaped(key)}`;
    if (key in from) steps.push(...jsonPatch(from[key], value, inner));
    else steps.push({ op: 'add', path: inner, value });
  }
  return steps;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
