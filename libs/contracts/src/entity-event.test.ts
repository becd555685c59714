import { describe, expect, it } from '@jest/globals';
import { readCloudEvent } from './cloudevents.js';
import { entityEvent, type EntityFields } from './entity-event.js';
import { artist, type Artist } from './generated/artist.js';

const envelope = {
  eventId: '0b8f4c9e-6a0d-4c5e-9f61-0c6f2a1d7e11',
  occurredAt: Date.UTC(2024, 1, 29),
  producer: 'songs',
  correlationId: 'request-7',
  version: 3,
};
const fields = { artistId: 'artist-1', name: 'Mina', genres: ['pop'], country: 'IT' };

const json = {
  serialize: (topic: string, value: Artist) => Buffer.from(`${topic} ${JSON.stringify(value)}`),
};

describe('the event of an entity', () => {
  it('carries the envelope and the fields, and the revision in a header too', () => {
    const event = entityEvent(artist, { ...envelope, id: 'artist-1', entity: fields }, json);
    expect(event).toMatchObject({ topic: 'artists', aggregateId: 'artist-1', version: 3 });
    const [, topic, value] = /^(\w+) (.*)$/.exec(String(event.value)) ?? [];
    expect([topic, JSON.parse(value ?? '')]).toEqual(['artists', { ...envelope, ...fields }]);
    expect(readCloudEvent(event.headers)).toMatchObject({ subject: 'artist-1', version: 3 });
  });

  it('is a tombstone for a deletion, whose headers say all', () => {
    const { value, headers } = entityEvent(artist, { ...envelope, id: 'artist-1', entity: null }, json);
    expect(value).toBeNull();
    expect(readCloudEvent(headers)).toMatchObject({
      id: envelope.eventId,
      type: 'music.songs.Artist',
      source: '/songs',
      correlationid: 'request-7',
      subject: 'artist-1',
      version: 3,
    });
  });

  it('knows the fields of its contract', () => {
    const of = (entity: EntityFields<Artist>) =>
      entityEvent(artist, { ...envelope, id: 'artist-1', entity }, json);
    // @ts-expect-error a field that an artist does not have
    expect(() => of({ ...fields, title: 'x' })).not.toThrow();
  });
});
