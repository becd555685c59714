/**
 * How much an event says of a taste, by its type in lower case. Negative says dislike. Types not listed weigh 1.
 * Personalize learns this; a stand-in is told.
 */
const weights: Readonly<Record<string, number>> = {
  view: 0.5,
  play: 1,
  click: 1,
  finish: 2,
  complete: 2,
  like: 3,
  follow: 3,
  purchase: 3,
  skip: -1.5,
  dislike: -3,
};

export const eventWeight = (type: string): number => weights[type.toLowerCase()] ?? 1;
