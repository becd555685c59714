/** The answer's text, or as `{ missing }` why there is none within two seconds. */
export async function askHttp(url: string): Promise<{ text: string } | { missing: string }> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const text = await answer.text();
    return answer.ok ? { text } : { missing: `GET ${url} answers ${String(answer.status)}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { missing: `GET ${url}: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}
