import { describe, expect, it } from '@jest/globals';
import { cloudEventHeaders, readCloudEvent } from './cloudevents.js';
import type { CloudEventHeader } from './cloudevents.js';
import { interaction } from './generated/interaction.js';

const envelope = {
  eventId: '0b8f4c9e-6a0d-4c5e-9f61-0c6f2a1d7e11',
  occurredAt: Date.UTC(2024, 1, 29, 12, 30, 0, 5),
  producer: 'interactions',
  correlationId: 'request-7',
};
const texts = (headers: readonly CloudEventHeader[]) =>
  headers.map(([name, value]) => [name, value?.toString()]);

describe('CloudEvents headers', () => {
  it("are those of the Kafka binding's binary mode", () => {
    expect(texts(cloudEventHeaders(interaction, envelope, { subject: 'song-1' }))).toEqual([
      ['ce_specversion', '1.0'],
      ['ce_id', envelope.eventId],
      ['ce_type', 'music.interactions.Interaction'],
      ['ce_source', '/interactions'],
      ['ce_time', '2024-02-29T12:30:00.005Z'],
      ['ce_subject', 'song-1'],
      ['ce_correlationid', 'request-7'],
      ['content-type', 'application/avro'],
    ]);
  });

  it('are read back, with a subject or without, among others', () => {
    const event = {
      specversion: '1.0',
      id: envelope.eventId,
      type: 'music.interactions.Interaction',
      source: '/interactions',
      time: envelope.occurredAt,
      correlationid: 'request-7',
      datacontenttype: 'application/avro',
    };
    const headers = cloudEventHeaders(interaction, envelope);
    expect(readCloudEvent([['traceparent', Buffer.from('00')], ...headers])).toEqual(event);
    const withSubject = cloudEventHeaders(interaction, envelope, { subject: 'é' });
    expect(readCloudEvent(withSubject)).toEqual({ ...event, subject: 'é' });
  });

  it.each(['ce_specversion', 'ce_id', 'ce_type', 'ce_source'])('are none without %s', (required) => {
    const headers = cloudEventHeaders(interaction, envelope);
    expect(readCloudEvent(headers.filter(([name]) => name !== required))).toBeUndefined();
    expect(
      readCloudEvent(headers.map(([name, value]) => [name, name === required ? null : value])),
    ).toBeUndefined();
  });

  it('may lack a time or have none that can be read', () => {
    const headers = cloudEventHeaders(interaction, envelope).filter(([name]) => name !== 'ce_time');
    expect(readCloudEvent(headers)).not.toHaveProperty('time');
    expect(readCloudEvent([...headers, ['ce_time', Buffer.from('noon')]])).not.toHaveProperty('time');
  });

  it('cannot be made for what is no point in time', () => {
    expect(() => cloudEventHeaders(interaction, { ...envelope, occurredAt: NaN })).toThrow(RangeError);
  });
});
