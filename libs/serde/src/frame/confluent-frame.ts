import { SerdeError } from '../errors.js';
import { describeFirstByte, type Framing } from './framing.js';

const HEADER_LENGTH = 5;
const MAGIC_BYTE = 0;
const MAX_ID = 0x7fff_ffff;

/**
 * The frame of Confluent's serializers, and of all that speak their registry's protocol:
 *
 *     byte 0      00         magic byte
 *     byte 1..4   id of the writer's schema: int32, big-endian
 *     byte 5..    the body: Avro binary, without schema or length; never compressed
 *
 * @see https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
export const confluentFraming: Framing = {
  name: 'confluent',
  headerLength: HEADER_LENGTH,
  header(versionId, compression) {
    if (!/^\d{1,10}$/.test(versionId) || Number(versionId) > MAX_ID) {
      throw new SerdeError(
        'BAD_SCHEMA',
        `the schema id ${JSON.stringify(versionId)} is no number below 2^31`,
      );
    }
    if (compression !== 'none') {
      throw new SerdeError(
        'FRAME_FORMAT',
        'a Confluent frame has no compressed form: let the producer compress its batches',
      );
    }
    const header = Buffer.allocUnsafeSlow(HEADER_LENGTH);
    header[0] = MAGIC_BYTE;
    header.writeInt32BE(Number(versionId), 1);
    return header;
  },
  check(frame) {
    if (frame.length < HEADER_LENGTH) {
      throw new SerdeError(
        'FRAME_TRUNCATED',
        `a frame needs ${HEADER_LENGTH} bytes of header, these are ${frame.length} bytes in all`,
      );
    }
    if (frame[0] !== MAGIC_BYTE) {
      throw new SerdeError('FRAME_FORMAT', `no Confluent frame: ${describeFirstByte(frame)}`);
    }
    if (frame.readInt32BE(1) < 0) {
      throw new SerdeError('FRAME_FORMAT', `the schema id ${frame.readInt32BE(1)} is negative`);
    }
  },
  versionId: (frame) => frame.readInt32BE(1).toString(),
  key: (frame) => frame.toString('latin1', 1, HEADER_LENGTH),
  compression: () => 'none',
  body(frame, maxBytes) {
    const body = frame.subarray(HEADER_LENGTH);
    if (body.length <= maxBytes) return body;
    throw new SerdeError(
      'TOO_LARGE',
      `the body is larger than ${maxBytes} bytes, the most this reader accepts`,
    );
  },
  write: (header, body) => Buffer.concat([header, body]),
};
