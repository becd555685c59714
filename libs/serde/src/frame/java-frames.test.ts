import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createAvroCodec } from '../avro/avro-codec.js';
import { glueBody, glueHeader, readGlueFrame, writeGlueFrame } from './glue-frame.js';
import type { Compression } from './framing.js';

interface JavaFrame {
  readonly compression: Compression;
  readonly json: object;
  readonly frame: string;
}

const folder = new URL('../../fixtures/glue-java/', import.meta.url);
const codec = createAvroCodec(readFileSync(new URL('everything.avsc', folder), 'utf8'));
const frames = readFileSync(new URL('frames.jsonl', folder), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as JavaFrame);
const VERSION = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';

describe("frames of AWS's Java serializer", () => {
  it.each(frames.map((frame, index) => [index, frame.compression, frame] as const))(
    'number %d, with %s, is read',
    (_, compression, { json, frame }) => {
      const bytes = Buffer.from(frame, 'hex');
      expect(readGlueFrame(bytes)).toMatchObject({ versionId: VERSION, compression });
      expect(codec.toJson(codec.decode(glueBody(bytes, 100_000)))).toEqual(json);
    },
  );

  it.each(frames.map((frame, index) => [index, frame.compression, frame] as const))(
    'number %d, with %s, is written to the byte',
    (_, compression, { json, frame }) => {
      const written = writeGlueFrame(glueHeader(VERSION, compression), codec.encode(codec.fromJson(json)));
      if (compression === 'none') {
        expect(written.toString('hex')).toBe(frame);
      } else {
        // Two zlibs may pack the same bytes in two ways; what they unpack to is one.
        expect(written.subarray(0, 18)).toEqual(Buffer.from(frame, 'hex').subarray(0, 18));
        expect(glueBody(written, 100_000)).toEqual(glueBody(Buffer.from(frame, 'hex'), 100_000));
      }
    },
  );
});
