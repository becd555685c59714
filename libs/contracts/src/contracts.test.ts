import { describe, expect, it } from '@jest/globals';
import * as contracts from './index.js';

interface Field {
  readonly name: string;
  readonly type: unknown;
}

const fieldsOf = (schema: object) => (schema as { fields: readonly Field[] }).fields;

describe('the contracts', () => {
  it.each(contracts.events.map((event) => [event.schemaName, event] as const))(
    '%s is exported, has its topic and a key that is one of its texts',
    (_, event) => {
      expect(Object.values(contracts)).toContain(event);
      const topic = contracts.topics.find(({ name }) => name === event.topic);
      expect(topic).toMatchObject({ domain: event.domain, key: event.key });
      expect(fieldsOf(event.schema)).toContainEqual(
        expect.objectContaining({ name: event.key.field, type: 'string' }),
      );
    },
  );

  it('know every version that was published', () => {
    for (const { earlier, version, schemaName } of contracts.events) {
      expect({ schemaName, versions: earlier.length + 1 }).toEqual({ schemaName, versions: version });
    }
    expect(fieldsOf(contracts.song.earlier[0] ?? {}).map(({ name }) => name)).not.toContain('version');
  });

  it('have distinct names for all that is shared', () => {
    const names = contracts.topicSettings.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const schemas = contracts.events.map(({ schemaName }) => schemaName);
    expect(new Set(schemas).size).toBe(schemas.length);
  });

  it('lose no record of a replayed log: none is deleted for the age of what it tells', () => {
    for (const { name, config } of contracts.topicSettings) {
      expect({ name, ...config }).toMatchObject({
        name,
        'message.timestamp.before.max.ms': `${2n ** 63n - 1n}`,
      });
      if (config['cleanup.policy'] !== 'compact') expect(config).toMatchObject({ 'retention.ms': '-1' });
    }
  });

  it('give dead letters the room for what is said about them', () => {
    for (const { config, deadLetter } of contracts.topics) {
      expect(Number(deadLetter?.config['max.message.bytes'])).toBeGreaterThan(
        Number(config['max.message.bytes']),
      );
    }
  });

  it('leave no doubt about the type of a value', () => {
    const interaction: contracts.Interaction = {
      eventId: '0b8f4c9e-6a0d-4c5e-9f61-0c6f2a1d7e11',
      eventType: 'PLAY',
      occurredAt: 0,
      producer: 'interactions',
      correlationId: 'c',
      userId: 'user-1',
      sessionId: 's',
      itemId: 'song-1',
      itemType: 'SONG',
      positionMs: null,
      durationMs: 1,
    };
    // @ts-expect-error an event type that the contract does not have
    const wrongSymbol: contracts.Interaction = { ...interaction, eventType: 'PAUSE' };
    // @ts-expect-error a nullable field is never left out
    const undefinedField: contracts.Interaction = { ...interaction, positionMs: undefined };
    // @ts-expect-error a key that is no field
    const wrongKey: contracts.EventContract<contracts.Interaction>['key'] = { field: 'user', why: '' };
    const names = fieldsOf(contracts.interaction.schema).map(({ name }) => name);
    expect(Object.keys(interaction).sort()).toEqual(names.sort());
    expect([wrongSymbol.eventType, undefinedField.positionMs, wrongKey.field]).toEqual([
      'PAUSE',
      undefined,
      'user',
    ]);
  });
});
