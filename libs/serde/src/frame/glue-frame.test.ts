import { describe, expect, it } from '@jest/globals';
import { deflateSync } from 'node:zlib';
import { SerdeError } from '../errors.js';
import { glueBody, glueHeader, readGlueFrame, writeGlueFrame } from './glue-frame.js';

const ID = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';
const HEADER = '0300b7b4a7f09c964e4aa687fb5de9ef0c63';
const body = Buffer.from('body');
const zlibFrame = (packed: Buffer) => Buffer.concat([glueHeader(ID, 'zlib'), packed]);

describe("Glue's frame", () => {
  it('is 03, the compression, the id big-endian, the body', () => {
    expect(writeGlueFrame(glueHeader(ID, 'none'), body).toString('hex')).toBe(`${HEADER}626f6479`);
    const packed = writeGlueFrame(glueHeader(ID.toUpperCase(), 'zlib'), body);
    expect(packed.toString('hex', 0, 18)).toBe(HEADER.replace('0300', '0305'));
    expect(packed[18]).toBe(0x78);
  });

  it.each(['none', 'zlib'] as const)('is read as it was written, with %s', (compression) => {
    const frame = writeGlueFrame(glueHeader(ID, compression), body);
    expect(readGlueFrame(frame)).toMatchObject({ versionId: ID, compression });
    expect(glueBody(frame, 1_000)).toEqual(body);
  });

  it('may have a body of no bytes', () => {
    expect(glueBody(Buffer.from(HEADER, 'hex'), 1_000)).toHaveLength(0);
    expect(glueBody(writeGlueFrame(glueHeader(ID, 'zlib'), Buffer.alloc(0)), 1_000)).toHaveLength(0);
  });

  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'FRAME_TRUNCATED'],
    ['one byte short of a header', Buffer.from(HEADER, 'hex').subarray(0, 17), 'FRAME_TRUNCATED'],
    ['of another format', Buffer.from(HEADER.replace('03', '00'), 'hex'), 'FRAME_FORMAT'],
    ['of an unknown compression', Buffer.from(HEADER.replace('0300', '0301'), 'hex'), 'FRAME_FORMAT'],
    ['not compressed where it says so', zlibFrame(body), 'INFLATE_FAILED'],
    [
      'compressed and cut off',
      zlibFrame(deflateSync(Buffer.alloc(1_000, 'abc')).subarray(0, -5)),
      'INFLATE_FAILED',
    ],
    [
      'compressed with something behind',
      zlibFrame(Buffer.concat([deflateSync(body), body])),
      'TRAILING_BYTES',
    ],
    ['without a compressed stream', zlibFrame(Buffer.alloc(0)), 'INFLATE_FAILED'],
    ['larger than the limit', Buffer.concat([Buffer.from(HEADER, 'hex'), Buffer.alloc(1_001)]), 'TOO_LARGE'],
    ['larger than the limit once inflated', zlibFrame(deflateSync(Buffer.alloc(1_001))), 'TOO_LARGE'],
  ])('that is %s is refused', (_, frame, code) => {
    const read = () => {
      readGlueFrame(frame);
      return glueBody(frame, 1_000);
    };
    expect(read).toThrow(expect.objectContaining({ name: 'SerdeError', code, retriable: false }));
  });

  it('takes exactly the limit', () => {
    expect(glueBody(zlibFrame(deflateSync(Buffer.alloc(1_000))), 1_000)).toHaveLength(1_000);
  });

  it('of a few kilobytes does not become 256 MiB', () => {
    const bomb = zlibFrame(deflateSync(Buffer.alloc(256 * 1024 * 1024)));
    expect(bomb.length).toBeLessThan(300_000);
    const before = process.memoryUsage().external;
    expect(() => glueBody(bomb, 4 * 1024 * 1024)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
    expect(process.memoryUsage().external - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('has a UUID as its id', () => {
    expect(() => glueHeader('42', 'none')).toThrow(SerdeError);
  });
});
