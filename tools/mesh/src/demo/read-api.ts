/** An item as the recommendations API answers it. */
export interface RecommendedItem {
  readonly itemId: string;
  /** SONG or EPISODE; null, as all that follows, where the item is not in the catalogue. */
  readonly itemType: string | null;
  readonly title: string | null;
  readonly artist: string | null;
  readonly show: string | null;
}

export interface Recommendations {
  readonly source: string;
  readonly items: readonly RecommendedItem[];
}

export interface Trending {
  /** ISO 8601; absent while nothing was ever played. */
  readonly windowStart?: string;
  readonly windowEnd?: string;
  readonly items: readonly (RecommendedItem & { readonly plays: number })[];
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
