import { describe, expect, it } from '@jest/globals';
import { KafkaError, SendError, type ProducerRecord } from '@mesh/kafka';
import { RecordRefusedError, RecordTooLargeError } from '../collector.js';
import { sendDeadLetter } from '../dead-letters.js';
import type { RecordFailure } from '../failures.js';
import { OutputBuffer } from './output-buffer.js';
import { RecordLimits } from './record-limits.js';

function record(value: string, timestamp = 1): ProducerRecord {
  return { key: null, value: Buffer.from(value), headers: [], timestamp };
}

function check(
  limits: RecordLimits,
  topic: string,
  { key, value, headers = [], timestamp = 0 }: ProducerRecord,
): void {
  limits.check(topic, key, value, headers, timestamp);
}

function taken(buffer: OutputBuffer): readonly ProducerRecord[] {
  return buffer.take().flatMap((sent) => ('batch' in sent ? sent.batch.decoded() : sent.records));
}

function newBuffer(limits: RecordLimits): OutputBuffer {
  return new OutputBuffer(limits, { partitionsFor: async () => 1 });
}

function refusal(code: 'TOO_LARGE' | 'REFUSED', index: number): SendError {
  return new SendError([{ batch: 0, record: index, error: new KafkaError(code, `out-0: ${code}`) }]);
}

describe('what the broker refused', () => {
  it('fails by itself the next time, and nothing else does', () => {
    const limits = new RecordLimits(1_000);
    const records = [record('a'), record('b'), record('a', 2)];
    for (const each of records) check(limits, 'out', each);
    limits.learn(refusal('REFUSED', 0), [{ topic: 'out', records }]);
    expect(() => check(limits, 'out', record('a'))).toThrow(RecordRefusedError);
    expect(() => check(limits, 'out', record('a'))).toThrow('out-0: REFUSED');
    expect(() => check(limits, 'out', record('b'))).not.toThrow();
    expect(() => check(limits, 'out', record('a', 2))).not.toThrow();
    expect(() => check(limits, 'other', record('a'))).not.toThrow();
  });

  it('tells whether there is anything new in it', () => {
    const limits = new RecordLimits(1_000);
    const sent = [{ topic: 'out', records: [record('a'), record('b')] }];
    const learned = [];
    for (const error of [
      refusal('REFUSED', 0),
      refusal('REFUSED', 0),
      refusal('TOO_LARGE', 1),
      new Error(),
    ]) {
      limits.learn(error, sent);
      learned.push(limits.learned);
    }
    expect(learned).toEqual([1, 1, 2, 2]);
  });
});

describe('a dead letter', () => {
  const failure = (error: Error, value = 'x'.repeat(2_000)): RecordFailure => ({
    topic: 'in',
    partition: 3,
    taskId: '0_3',
    node: 'check',
    stage: 'TRANSFORMATION',
    record: { key: null, value: Buffer.from(value), headers: [], timestamp: 5, offset: 7 },
    error,
  });
  const headersOf = (buffer: OutputBuffer): Map<string, number> =>
    new Map((taken(buffer)[0]?.headers ?? []).map(([name, data]) => [name, data?.length ?? 0]));

  it('has no limit but that of its topic: what was read may be larger than what may be written', () => {
    const buffer = newBuffer(new RecordLimits(1_000));
    sendDeadLetter(buffer, 'in.dlq', 'app', failure(new Error('bad')));
    expect([...headersOf(buffer).keys()]).toContain('__connect.errors.exception.stacktrace');
  });

  it('cuts a long message, which may be as long as the record', () => {
    const buffer = newBuffer(new RecordLimits(1_000));
    sendDeadLetter(buffer, 'in.dlq', 'app', failure(new Error('é'.repeat(1_000_000))));
    const headers = headersOf(buffer);
    expect(headers.get('__connect.errors.exception.message')).toBeLessThanOrEqual(4_000);
    expect(headers.get('__connect.errors.exception.stacktrace')).toBeLessThanOrEqual(16_000);
  });

  it('leaves message and stack out where its topic takes no more', () => {
    const limits = new RecordLimits(1_000);
    const buffer = newBuffer(limits);
    sendDeadLetter(buffer, 'in.dlq', 'app', failure(new Error('bad')));
    limits.learn(refusal('TOO_LARGE', 0), buffer.take());
    sendDeadLetter(buffer, 'in.dlq', 'app', failure(new Error('bad')));
    const names = [...headersOf(buffer).keys()];
    expect(names).toContain('__connect.errors.exception.class.name');
    expect(names).toContain('__connect.errors.offset');
    expect(names).not.toContain('__connect.errors.exception.message');
    expect(names).not.toContain('__connect.errors.exception.stacktrace');
  });

  it('says what to do where that is too large too', () => {
    const limits = new RecordLimits(1_000);
    const buffer = newBuffer(limits);
    for (let turn = 0; turn < 2; turn++) {
      sendDeadLetter(buffer, 'in.dlq', 'app', failure(new Error('bad')));
      limits.learn(refusal('TOO_LARGE', 0), buffer.take());
    }
    const send = (): void => sendDeadLetter(buffer, 'in.dlq', 'app', failure(new Error('bad')));
    expect(send).toThrow(RecordTooLargeError);
    expect(send).toThrow(/raise max.message.bytes of in.dlq/);
  });
});
