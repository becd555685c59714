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

/** The most played songs of a genre; without a window where there is none. */
export interface Chart {
  readonly genre: string;
  readonly windowStart?: string;
  readonly windowEnd?: string;
  readonly items: Trending['items'];
}

export interface Skips {
  readonly plays: number;
  readonly skips: number;
  readonly skipRate: number | null;
}

export interface Audience {
  readonly artistName?: string;
  readonly plays: number;
  readonly countries: readonly { readonly country: string; readonly plays: number }[];
}

export interface Sessions {
  readonly userId: string;
  /** Newest first. */
  readonly sessions: readonly {
    readonly start: string;
    readonly end: string;
    readonly plays: number;
    readonly skips: number;
    readonly finishes: number;
  }[];
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

export async function chartOf(url: string, genre: string, limit: number): Promise<Chart> {
  return getJson(`${url}/v1/genres/${encodeURIComponent(genre)}/chart?limit=${limit}`);
}

export async function skipsOf(url: string, itemId: string): Promise<Skips> {
  return getJson(`${url}/v1/items/${encodeURIComponent(itemId)}/skips`);
}

export async function audienceOf(url: string, artistId: string): Promise<Audience> {
  return getJson(`${url}/v1/artists/${encodeURIComponent(artistId)}/audience`);
}

export async function sessionsOf(url: string, userId: string): Promise<Sessions> {
  return getJson(`${url}/v1/users/${encodeURIComponent(userId)}/sessions?limit=1`);
}

async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`GET ${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
