import type { BrokerAddress } from './metadata.js';
import { Reader } from './reader.js';
import type { WireRequest } from './request.js';
import { Writer } from './writer.js';

export interface CoordinatorAnswer {
  readonly errorCode: number;
  readonly reason: string | null;
  readonly broker: BrokerAddress;
}

/** FindCoordinator v2: the broker that keeps a group's or a transactional id's state. */
export function findCoordinatorRequest(
  kind: 'group' | 'transaction',
  key: string,
): WireRequest<CoordinatorAnswer> {
  return {
    apiKey: 10,
    apiName: 'FindCoordinator',
    apiVersion: 2,
    encode() {
      return new Writer()
        .string(key)
        .int8(kind === 'group' ? 0 : 1)
        .bytes();
    },
    decode(answer) {
      const reader = new Reader(answer);
      reader.int32(); // throttle time
      return {
        errorCode: reader.int16(),
        reason: reader.nullableString(),
        broker: { nodeId: reader.int32(), host: reader.string(), port: reader.int32() },
      };
    },
  };
}
