import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { user, type User } from '@mesh/contracts';
import { createAvroSerde } from '@mesh/serde';
import { memorySchemaRegistry } from '@mesh/serde/testing';
import type { PersonalizeUser } from '@mesh/sinks';
import { RecordingSink } from '@mesh/sinks/testing';
import { RejectedRecordError, stringSerde } from '@mesh/streams';
import { TopologyTestDriver, type TestInputTopic } from '@mesh/streams/testing';
import { topology } from './topology.js';
import { person } from './test/people.js';

let sink: RecordingSink<string, PersonalizeUser>;
let driver: TopologyTestDriver;
let input: TestInputTopic<string, User>;

beforeEach(async () => {
  const registry = memorySchemaRegistry({ [user.schemaName]: [user.schema] });
  const value = await createAvroSerde({ contract: user, registry });
  sink = new RecordingSink();
  driver = new TopologyTestDriver(topology({ value, sink }), { applicationId: 'users-update' });
  input = driver.createInputTopic(user.topic, { key: stringSerde, value });
});

afterEach(() => driver.close());

const sent = (): PersonalizeUser[] => sink.records.map(({ value }) => value);

describe('users-update', () => {
  it('sends the state of a user without what identifies a person', () => {
    input.pipeInput(
      'user-1',
      person('user-1', { country: 'CH', plan: 'FREE', displayName: 'Ada', birthYear: 1990 }),
    );
    expect(sent()).toEqual([{ userId: 'user-1', properties: '{"country":"CH","plan":"FREE"}' }]);
  });

  it('empties the record of a user who was deleted', () => {
    input.pipeInput('user-1', person('user-1'));
    input.pipeInput('user-1', null);
    expect(sent().at(-1)).toEqual({ userId: 'user-1', properties: '{}' });
    expect(driver.rawRecords(`${user.topic}.dlq`)).toEqual([]);
  });

  it('commits past what is done, and not past what is not', () => {
    input.pipeInput('user-1', person('user-1'));
    expect(driver.committedOffset(user.topic)).toBe(1);
    sink.write = () => undefined;
    input.pipeInput('user-1', person('user-1'));
    expect(driver.committedOffset(user.topic)).toBe(1);
  });

  it('gives what the sink rejects to the dead letters, with the reason', () => {
    sink.outcome = () => new RejectedRecordError('InvalidInputException', 'no field for the property plan');
    input.pipeInput('user-1', person('user-1'));
    const [letter] = driver.rawRecords(`${user.topic}.dlq`);
    const headers = new Map(letter?.headers.map(([name, data]) => [name, data?.toString()]));
    expect(headers.get('__connect.errors.stage')).toBe('TASK_PUT');
    expect(headers.get('__connect.errors.exception.message')).toContain('no field for the property plan');
  });
});
