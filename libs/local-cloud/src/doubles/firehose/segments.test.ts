import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrames, SegmentQueue } from './segments.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'segments-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const frames = (...records: string[]) =>
  encodeFrames(
    records.map((record) => Buffer.from(record)),
    42,
  );
const texts = (queue: SegmentQueue) => (queue.next ? queue.read(queue.next).data.map(String) : undefined);

describe('a queue of segments', () => {
  it('gives back what was appended, segment after segment', () => {
    const queue = new SegmentQueue(dir);
    queue.append(frames('a', ''), 2);
    queue.append(frames('c'), 1);
    expect(queue.next).toBeUndefined();
    queue.seal();
    queue.append(frames('d'), 1);
    queue.seal();
    expect(queue.records).toBe(4);
    const [first] = [queue.next!];
    expect(queue.read(first)).toEqual({
      data: [Buffer.from('a'), Buffer.from(''), Buffer.from('c')],
      arrivals: [42, 42, 42],
    });
    queue.remove(first);
    expect(texts(queue)).toEqual(['d']);
    queue.remove(queue.next!);
    expect(queue.records).toBe(0);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is taken up by the next process, under the same ids', () => {
    const before = new SegmentQueue(dir);
    before.append(frames('a', 'b'), 2);
    before.seal();
    before.append(frames('c'), 1);
    const { id } = before.next!;
    before.close();
    const after = new SegmentQueue(dir);
    expect(after.records).toBe(3);
    expect(after.next?.id).toBe(id);
    after.append(frames('d'), 1);
    after.seal();
    const order: string[] = [];
    for (let segment = after.next; segment; segment = after.next) {
      order.push(...after.read(segment).data.map(String));
      after.remove(segment);
    }
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('drops the torn end that a killed process left', () => {
    const before = new SegmentQueue(dir);
    before.append(frames('whole'), 1);
    before.close();
    const [file] = readdirSync(dir);
    appendFileSync(join(dir, file!), frames('torn').subarray(0, 14));
    const after = new SegmentQueue(dir);
    expect(after.records).toBe(1);
    expect(texts(after)).toEqual(['whole']);
  });

  it('takes out again what was appended last', () => {
    const queue = new SegmentQueue(dir);
    queue.append(frames('stays'), 1);
    const undo = queue.append(frames('goes', 'too'), 2);
    undo();
    queue.append(frames('after'), 1);
    queue.seal();
    expect(texts(queue)).toEqual(['stays', 'after']);
    expect(queue.records).toBe(2);
  });
});
