/** What a change came to: done, or nothing to do and why. */
export type Outcome =
  { readonly kind: 'done'; readonly detail: string } | { readonly kind: 'nothing'; readonly reason: string };
