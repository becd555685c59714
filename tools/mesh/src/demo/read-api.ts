/** What the demo asks of the recommendations API. */
export interface Recommendation {
  readonly itemId: string;
}

export interface Recommendations {
  readonly source: string;
  readonly items: readonly Recommendation[];
}

export interface Trending {
  /** ISO 8601; absent while nothing was ever played. */
  readonly windowStart?: string;
  readonly windowEnd?: string;
  readonly items: readonly { readonly itemId: string; readonly plays: number }[];
}

export async function recommendationsFor(
  url: string,
  userId: string,
  limit: number,
): Promise<Recommendations> {
  return getJson(`${url}/v1/users/${encodeURIComponent(userId)}/recommendations?limit=${limit}`);
}

export async function trending(url: string, limit: number): Promise<Trending> {
  return getJson(`${url}/v1/trending?limit=${limit}`);
}

async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`GET ${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
