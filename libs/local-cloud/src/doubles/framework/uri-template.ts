/** A model's `requestUri`, as `/v2/domains/{domainIdentifier}/assets/{identifier+}?x=y`. */
export interface UriTemplate {
  /** The labels by name where method and URI fit, decoded; undefined where they do not. */
  match(path: string, query: URLSearchParams): Record<string, string> | undefined;
  /** Literal segments come before labels, so that `/domains/new` is not read as an identifier. */
  readonly literals: number;
}

/** Compiles a template. `{name}` takes one segment, `{name+}` the rest of the path. */
export function compileUriTemplate(requestUri: string): UriTemplate {
  const [path = '/', fixedQuery = ''] = requestUri.split('?');
  const labels: string[] = [];
  let literals = 0;
  const source = path
    .split('/')
    .map((segment) => {
      const label = /^\{([^}+]+)(\+?)\}$/.exec(segment);
      if (label === null) {
        literals++;
        return segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      }
      labels.push(label[1] ?? '');
      return label[2] === '+' ? '(.+)' : '([^/]+)';
    })
    .join('/');
  const pattern = new RegExp(`^${source}/?$`);
  const fixed = [...new URLSearchParams(fixedQuery)];
  return {
    literals,
    match(actualPath, query) {
      const found = pattern.exec(actualPath);
      if (found === null) return undefined;
      for (const [name, value] of fixed) if (query.get(name) !== value) return undefined;
      const values: Record<string, string> = {};
      for (const [i, label] of labels.entries()) {
        try {
          values[label] = decodeURIComponent(found[i + 1] ?? '');
        } catch {
          // A malformed escape: no such resource.
          return undefined;
        }
      }
      return values;
    },
  };
}
