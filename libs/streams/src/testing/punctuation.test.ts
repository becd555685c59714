import { describe, expect, it } from '@jest/globals';
import {
  StreamsBuilder,
  StreamsError,
  stringSerde,
  type Processor,
  type ProcessorContext,
} from '../index.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

describe('a punctuation', () => {
  /** Notes the time of each call, by a schedule that a processor makes as it begins. */
  function punctuated(
    schedule: (context: ProcessorContext<string, string>, note: (time: number) => void) => void,
  ): { driver: TopologyTestDriver; at: (timestamp: number) => readonly string[] } {
    const builder = new StreamsBuilder();
    builder
      .stream('in', strings)
      .process((): Processor<string, string, string, string> => {
        return {
          init: (context) =>
            schedule(context, (time) =>
              context.forward({ key: 'p', value: String(time), timestamp: time, headers: [] }),
            ),
          process: () => undefined,
        };
      })
      .to('out', strings);
    const driver = new TopologyTestDriver(builder.build());
    const out = driver.createOutputTopic('out', strings);
    return {
      driver,
      at: (timestamp) => {
        driver.createInputTopic('in', strings).pipeInput('k', 'v', { timestamp });
        return out.readRecords().map(({ value }) => value ?? '');
      },
    };
  }

  it('on stream time comes with the first record, then once for all intervals that have passed', () => {
    const { at } = punctuated((context, note) => context.schedule(10, 'stream-time', note));
    expect([5, 9, 10, 19, 17, 45, 49, 50].map(at)).toEqual([['5'], [], ['10'], [], [], ['45'], [], ['50']]);
  });

  it('on stream time may be anchored', () => {
    const { at } = punctuated((context, note) =>
      context.schedule(10, 'stream-time', note, { startTimeMs: 7 }),
    );
    expect([5, 7, 16, 17].map(at)).toEqual([[], ['7'], [], ['17']]);
  });

  it('ends when it is cancelled, from within too', () => {
    const { at } = punctuated((context, note) => {
      const schedule = context.schedule(10, 'stream-time', (time) => {
        note(time);
        if (time >= 20) schedule.cancel();
      });
    });
    expect([1, 10, 20, 30].map(at)).toEqual([['1'], ['10'], ['20'], []]);
  });

  it('on wall-clock time needs no record, and comes once for a long wait', () => {
    const times: number[] = [];
    const { driver } = punctuated((context, note) =>
      context.schedule(10, 'wall-clock-time', (time) => {
        times.push(time);
        expect(context.recordMetadata).toBeUndefined();
        note(time);
      }),
    );
    for (const ms of [9, 1, 35, 4, 1]) driver.advanceWallClockTime(ms);
    expect(times).toEqual([10, 45, 50]);
    expect(driver.rawRecords('out')).toMatchObject([{ timestamp: 10 }, { timestamp: 45 }, { timestamp: 50 }]);
  });

  it('that fails stops the application: there is no record to put aside', () => {
    const { driver } = punctuated((context) =>
      context.schedule(10, 'wall-clock-time', () => {
        throw new Error('no');
      }),
    );
    const thrown = (): unknown => {
      try {
        driver.advanceWallClockTime(10);
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(thrown()).toMatchObject({ code: 'PROCESSOR_FAILED' });
  });

  it('refuses an interval that is none', () => {
    expect(() => punctuated((context, note) => context.schedule(0, 'stream-time', note))).toThrow(
      StreamsError,
    );
  });
});
