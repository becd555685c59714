import { describe, expect, it } from '@jest/globals';
import { assigned, laterMessage, subscriptionIn } from '../../test/group-messages.js';
import { decodeAssigned, decodeSubscription, encodeAssigned, encodeSubscription } from './messages.js';
import { parseTasks, tasksText } from './tasks-text.js';

const subscription = subscriptionIn(1);

describe('what members and the leader tell each other', () => {
  it('comes back as it was', () => {
    expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription);
    expect(decodeAssigned(encodeAssigned(assigned, 1))).toEqual(assigned);
    const least = { version: 1, processId: 'p', active: [], offsetSums: {}, shutdown: true };
    expect(decodeSubscription(encodeSubscription(least))).toEqual(least);
  });

  // As recorded: members of this version are in groups with newer ones during an upgrade.
  it('is read as version 1 wrote it', () => {
    const recorded =
      '00010001' +
      Buffer.from(
        '{"process":"process-1","server":"host:7070","active":"0:0-1;1:4","sums":{"0_0":12,"0_1":1099511627776}}',
      ).toString('hex');
    expect(encodeSubscription(subscription).toString('hex')).toBe(recorded);
    expect(decodeSubscription(Buffer.from(recorded, 'hex'))).toEqual(subscription);
    const told =
      '00010001' +
      Buffer.from(
        '{"standby":"1:3","clients":[{"server":"host:7070","active":"0:0-1","standby":""},' +
          '{"active":"1:3","standby":"0:0"}],"probe":true}',
      ).toString('hex');
    expect(encodeAssigned(assigned, 1).toString('hex')).toBe(told);
    expect(decodeAssigned(Buffer.from(told, 'hex'))).toEqual(assigned);
  });

  it('is understood from a newer version that says so, and passed over from one that does not', () => {
    const body = { process: 'p2', active: '2:0', news: ['of', 'later'] };
    expect(decodeSubscription(laterMessage(1, body))).toEqual({
      version: 9,
      processId: 'p2',
      active: ['2_0'],
      offsetSums: {},
      shutdown: false,
    });
    expect(decodeSubscription(laterMessage(2, body))).toBeUndefined();
    expect(decodeAssigned(laterMessage(2, {}))).toBeUndefined();
    expect(decodeSubscription(null)).toBeUndefined();
    // A newer leader's word in the version that all know.
    expect(encodeAssigned(assigned, 9).readInt16BE(0)).toBe(1);
  });

  it('writes tasks short', () => {
    const ids = ['0_2', '0_0', '0_1', '0_7', '12_3'];
    expect(tasksText(ids)).toBe('0:0-2,7;12:3');
    expect(parseTasks('0:0-2,7;12:3')).toEqual(['0_0', '0_1', '0_2', '0_7', '12_3']);
    expect(tasksText([])).toBe('');
    expect(parseTasks('')).toEqual([]);
    expect(() => parseTasks('x')).toThrow(SyntaxError);
  });
});
