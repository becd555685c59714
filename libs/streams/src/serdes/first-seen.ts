import type { Serde } from '../serde.js';
import { murmur3 } from './murmur3.js';
import { readLong, writeLong } from './serdes.js';

/** The record that brought an id first. */
export interface FirstSeen {
  readonly offset: number;
  /** {@link hashOfTopic}; `undefined` in changelogs written before it was kept. */
  readonly topic: number | undefined;
}

/** Tells the topics that meet in a task apart, however the topology orders them. */
export function hashOfTopic(topic: string): number {
  return murmur3(Buffer.from(topic, 'utf8')).readInt32BE(0);
}

const OFFSET_ONLY = 8;

/**
 *     offset, 8 bytes big-endian | hash of the topic's name, 4 bytes
 */
export const firstSeenSerde: Serde<FirstSeen> = {
  serialize: (_topic, { offset, topic }) => {
    const data = Buffer.allocUnsafe(OFFSET_ONLY + (topic === undefined ? 0 : 4));
    writeLong(data, offset, 0);
    if (topic !== undefined) data.writeInt32BE(topic, OFFSET_ONLY);
    return data;
  },
  deserialize: (_topic, data) => ({
    offset: readLong(data, 0),
    topic: data.length === OFFSET_ONLY ? undefined : data.readInt32BE(OFFSET_ONLY),
  }),
};
