/** The last offset of each source partition that went into a state: topic → partition → offset (KIP-796). */
export type Position = Readonly<Record<string, Readonly<Record<number, number>>>>;

/**
 * Whether the state of a partition has come to a bound. Only the bound's offsets of that partition count: the others
 * are those of other tasks. A topic that the state is not made of is never come to.
 */
export function isUpTo(position: Position, bound: Position, partition: number): boolean {
  return Object.entries(bound).every(([topic, offsets]) => {
    const wanted = offsets[partition];
    return wanted === undefined || (position[topic]?.[partition] ?? -1) >= wanted;
  });
}
