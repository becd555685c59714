import { createKafkaClient, KafkaError, type KafkaClient, type KafkaLogger } from '@mesh/kafka';
import { startKafka, startPostgres, type KafkaServer, type LocalServer } from '@mesh/local-cloud';
import { readTopic, type ReadRecord } from '@mesh/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@mesh/jest/until.mjs';
import { randomUUID } from 'node:crypto';
import { OutboxError } from '../errors.js';
import type { OutboxEvent } from '../event.js';
import { postgresOutboxSource } from '../postgres/index.js';
import type { OutboxSource } from '../source.js';
import { event, TestDatabase, values } from '../test/database.js';
import { wrapped } from '../test/wrapped-source.js';
import { Relay, type RelayOptions } from './relay.js';

let kafka: KafkaServer;
let postgres: LocalServer;
let client: KafkaClient;
let database: TestDatabase;
let topic: string;
let transactionalId: string;
let relays: Relay[];
let errors: string[];

beforeAll(async () => {
  [kafka, postgres] = await Promise.all([startKafka(), startPostgres()]);
  client = createKafkaClient({ brokers: kafka.bootstrap.split(','), clientId: 'test' });
}, 120_000);

afterAll(async () => {
  await client.close();
  await Promise.all([kafka.stop(), postgres.stop()]);
}, 60_000);

beforeEach(async () => {
  database = await TestDatabase.create(postgres.url);
  topic = await createTopic();
  transactionalId = `outbox-${randomUUID()}`;
  relays = [];
  errors = [];
});

afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.close()));
  await database.end();
}, 60_000);

async function createTopic(config: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = `things-${randomUUID()}`;
  const admin = client.admin();
  await admin.createTopics([{ name, partitions: 2, replicationFactor: 1, config }]);
  await admin.close();
  return name;
}

const source = (): OutboxSource => postgresOutboxSource({ pool: database.pool, leaseRetryMs: 50 });

function relay(options: Partial<RelayOptions> = {}): Relay {
  const note = (fields: object, message: string): void => {
    errors.push(`${message} ${String((fields as { err?: unknown }).err)}`);
  };
  const log: KafkaLogger = { debug: () => {}, info: () => {}, warn: note, error: note };
  const made = new Relay({ source: source(), kafka: client, transactionalId, log, pollMs: 100, ...options });
  relays.push(made);
  void made.run();
  return made;
}

const thing = (id: string, version: number, more: Partial<OutboxEvent> = {}) =>
  event(id, version, { topic, ...more });

/** What is in the topic, aggregate by aggregate. */
async function published(id: string, of = topic): Promise<(string | undefined)[]> {
  return values((await read(of)).filter(({ key }) => key?.toString() === id));
}

const read = (of = topic): Promise<readonly ReadRecord[]> => readTopic(client, of);

async function drained(): Promise<void> {
  await until('the outbox is empty', async () => (await database.backlog()) === 0);
  await until('readers see what was committed', allIsStable);
}

/** Kafka acknowledges a commit before all partitions know of it: until then the last stable offset is behind the end. */
async function allIsStable(): Promise<boolean> {
  const admin = client.admin();
  const [found] = await admin.describeTopics([topic]);
  const partitions = Array.from({ length: found?.partitions ?? 0 }, (_, partition) => ({ topic, partition }));
  const stable = await admin.endOffsets(partitions, 'read_committed');
  const ends = await admin.endOffsets(partitions, 'read_uncommitted');
  await admin.close();
  return ends.every(({ offset }, index) => offset === stable[index]?.offset);
}

function metric(of: Relay, name: string): number | undefined {
  return of.metrics().find((sample) => sample.name === name)?.value;
}

describe('the relay', () => {
  it('publishes what was committed, with key, time and headers, and forgets it then', async () => {
    const deletion = thing('ä', 2, { value: null, headers: [['ce_id', Buffer.from('x')]] });
    await database.write(thing('ä', 1), deletion);
    const running = relay();
    await drained();
    expect(await read()).toMatchObject([
      { key: Buffer.from('ä'), value: Buffer.from('ä1'), timestamp: Date.UTC(2026, 0, 2) + 1 },
      { value: null, timestamp: deletion.occurredAt, headers: deletion.headers },
    ]);
    await until('it is counted', () => metric(running, 'outbox_relayed_total') === 2);
    expect(running.state).toBe('relaying');
    expect(running.problem).toBeUndefined();
  });

  it('publishes soon after the commit, however long it sleeps when idle', async () => {
    relay({ pollMs: 600_000 });
    await database.write(thing('a', 1));
    await drained();
    // Now it sleeps.
    await database.write(thing('a', 2));
    await drained();
    expect(await published('a')).toEqual(['a1', 'a2']);
  });

  it('keeps the order of an aggregate under concurrent writers', async () => {
    relay({ batchSize: 7 });
    const ids = Array.from({ length: 10 }, (_, index) => `thing-${index}`);
    await Promise.all(
      ids.map(async (id) => {
        for (let version = 1; version <= 20; version++) await database.write(thing(id, version));
      }),
    );
    await drained();
    for (const id of ids) {
      expect(await published(id)).toEqual(Array.from({ length: 20 }, (_, index) => `${id}${index + 1}`));
    }
  });

  it('leaves the relaying to one instance, and takes over when that one ends', async () => {
    const first = relay();
    await database.write(thing('a', 1));
    await drained();
    const second = relay();
    await database.write(thing('a', 2));
    await drained();
    expect(second.state).toBe('standby');
    await first.close();
    await database.write(thing('a', 3));
    await drained();
    expect(second.state).toBe('relaying');
    expect(await published('a')).toEqual(['a1', 'a2', 'a3']);
    expect(errors).toEqual([]);
  });

  it('stands by, whatever failed before, while another instance relays', async () => {
    const first = relay();
    await until('it relays', () => first.state === 'relaying');
    let answers = false;
    const inner = source();
    const second = relay({
      source: {
        name: inner.name,
        stats: () => inner.stats(),
        acquire: (signal, taken) => {
          if (!answers) throw new OutboxError('UNAVAILABLE', 'no answer');
          return inner.acquire(signal, taken);
        },
      },
    });
    await until('it fails', () => second.state === 'failing');
    answers = true;
    await until('it stands by', () => second.state === 'standby');
    expect(second.problem).toBeUndefined();
    expect(metric(second, 'outbox_failing')).toBe(0);
  });

  it('stands by when another has taken over, without a failure', async () => {
    const first = relay();
    await until('it relays', () => first.state === 'relaying');
    const states: string[] = [];
    const inner = source();
    const lost = relay({
      source: {
        name: inner.name,
        stats: () => inner.stats(),
        acquire: async (signal, taken) => {
          await Promise.resolve();
          states.push(lost.state);
          if (states.length === 1) throw new OutboxError('LEASE_LOST', 'another relay has it');
          return inner.acquire(signal, taken);
        },
      },
    });
    await until('it asks again', () => states.length > 1);
    expect(states).not.toContain('failing');
    expect(metric(lost, 'outbox_failing')).toBe(0);
  });

  it('gives the lease back when its producer can be neither made nor closed', async () => {
    let released = 0;
    const inner = source();
    const counting: OutboxSource = {
      name: inner.name,
      stats: () => inner.stats(),
      acquire: async (signal, taken) => {
        const lease = await inner.acquire(signal, taken);
        return {
          readBatch: (limit) => lease.readBatch(limit),
          remove: (batch) => lease.remove(batch),
          setAside: (one, reason) => lease.setAside(one, reason),
          wait: (maxMs, until) => lease.wait(maxMs, until),
          release: async () => {
            released += 1;
            await lease.release();
          },
        };
      },
    };
    let made = 0;
    relay({
      source: counting,
      kafka: {
        transactionalProducer: (producerOptions) => {
          made += 1;
          if (made === 1) throw new KafkaError('DENIED', 'no such producer');
          const producer = client.transactionalProducer(producerOptions);
          if (made > 2) return producer;
          return Object.assign(Object.create(producer) as typeof producer, {
            init: () => Promise.reject(new KafkaError('UNAVAILABLE', 'no broker')),
            close: () => Promise.reject(new Error('cannot be closed')),
          });
        },
      },
    });
    await database.write(thing('a', 1));
    await drained();
    expect(made).toBe(3);
    expect(released).toBe(2);
    expect(errors).toEqual([
      expect.stringMatching(/relaying fails.*no such producer/),
      expect.stringMatching(/producer.*cannot be closed/),
    ]);
  });

  it('counts the outbox where it relays, and not in standby', async () => {
    await database.write(thing('a', 1));
    const first = relay({ statsMs: 20 });
    await until('it counts', () => metric(first, 'outbox_backlog') === 0);
    let counted = 0;
    const inner = source();
    const second = relay({
      statsMs: 20,
      source: {
        name: inner.name,
        acquire: (signal, taken) => inner.acquire(signal, taken),
        stats: () => {
          counted += 1;
          return inner.stats();
        },
      },
    });
    await until('it stands by', () => second.state === 'standby');
    await database.write(thing('a', 2));
    await drained();
    expect(counted).toBe(0);
    expect(metric(second, 'outbox_backlog')).toBeUndefined();
    await first.close();
    await until('it counts', () => metric(second, 'outbox_backlog') === 0);
  });

  it('is fenced when it wakes after another has taken over: nothing old follows something new', async () => {
    await database.write(thing('a', 1));
    const sleeping = Promise.withResolvers<void>();
    const awake = Promise.withResolvers<void>();
    const zombie = relay({
      source: wrapped(source(), {
        afterRead: async ({ events }) => {
          if (events.length === 0) return;
          sleeping.resolve();
          await awake.promise;
        },
      }),
    });
    await sleeping.promise;
    expect(await database.endRelaySessions()).toBe(1);
    relay();
    await drained();
    await database.write(thing('a', 2));
    await drained();
    awake.resolve();
    await until('the zombie is fenced', () => metric(zombie, 'outbox_fenced_total') === 1);
    await database.write(thing('a', 3));
    await drained();
    expect(await published('a')).toEqual(['a1', 'a2', 'a3']);
  });

  it('repeats in order what it had published and not yet removed', async () => {
    await database.write(thing('a', 1), thing('a', 2), thing('b', 1));
    let crashes = 2;
    relay({
      source: wrapped(source(), {
        beforeRemove: async () => {
          if (crashes-- > 0) throw new Error('crashed between publishing and removing');
        },
      }),
    });
    await drained();
    expect(await published('a')).toEqual(['a1', 'a2', 'a1', 'a2', 'a1', 'a2']);
    const ids = new Set((await read()).map(({ headers }) => headers[0]?.[1]?.toString()));
    expect(ids).toEqual(new Set(['a1', 'a2', 'b1']));
  });
});

describe('an event that Kafka refuses for its own sake', () => {
  it('is set aside with later ones of its aggregate, and the others go on', async () => {
    topic = await createTopic({ 'max.message.bytes': '2000' });
    const poison = thing('a', 2, { value: Buffer.alloc(5_000, 'x') });
    await database.write(thing('a', 1), poison, thing('b', 1), thing('a', 3));
    const running = relay({ statsMs: 100 });
    await until('the others are published', async () => (await database.backlog()) === 2);
    await database.write(thing('b', 2));
    await until('later ones too', async () => (await published('b')).length === 2);
    expect(await published('a')).toEqual(['a1']);
    expect(errors).toEqual([expect.stringMatching(/set aside.*5\d{3} bytes.*MESSAGE_TOO_LARGE/)]);
    await until('it is counted', () => metric(running, 'outbox_set_aside') === 1);
    expect(metric(running, 'outbox_oldest_age_seconds')).toBeGreaterThan(0);
    expect(running.problem).toBeUndefined();
    // What a person does: cure it, release it.
    await database.pool.query(`UPDATE outbox SET value = 'a2', refusal = NULL WHERE event_id = $1`, [
      poison.eventId,
    ]);
    await drained();
    expect(await published('a')).toEqual(['a1', 'a2', 'a3']);
  });

  it('is found among others that a broker blames with it', async () => {
    topic = await createTopic({ 'message.timestamp.after.max.ms': '3600000' });
    await database.write(
      thing('a', 1),
      thing('b', 1, { occurredAt: Date.now() + 86_400_000 }),
      thing('c', 1),
    );
    relay();
    await until('the others are published', async () => (await database.backlog()) === 1);
    expect([await published('a'), await published('b'), await published('c')]).toEqual([['a1'], [], ['c1']]);
    expect(errors.at(-1)).toMatch(/set aside.*INVALID_TIMESTAMP/);
  });
});

describe('an outage', () => {
  it('of Kafka lets events wait, and they are published in order afterwards', async () => {
    const running = relay({ statsMs: 100 });
    await database.write(thing('a', 1));
    await drained();
    await kafka.kill();
    await database.write(thing('a', 2), thing('a', 3), thing('b', 1));
    await until('it is known', () => running.state === 'failing' && running.problem !== undefined);
    expect(metric(running, 'outbox_backlog')).toBe(3);
    expect(metric(running, 'outbox_failing')).toBe(1);
    await kafka.restart();
    await drained();
    expect(await published('b')).toEqual(['b1']);
    expect([...new Set(await published('a'))]).toEqual(['a1', 'a2', 'a3']);
    await until('it works', () => running.problem === undefined);
  }, 120_000);

  it('of Postgres ends with the relay going on', async () => {
    const running = relay({ statsMs: 100 });
    await database.write(thing('a', 1));
    await drained();
    await postgres.kill();
    await until('it is known', () => running.state === 'failing');
    await until('no old number is told', () => metric(running, 'outbox_backlog') === undefined);
    await postgres.restart();
    await database.write(thing('a', 2));
    await drained();
    expect(await published('a')).toEqual(['a1', 'a2']);
  }, 120_000);

  it('of a topic that does not exist is waited out', async () => {
    topic = `later-${randomUUID()}`;
    await database.write(thing('a', 1));
    const running = relay();
    await until('it is known', () => running.problem?.includes(topic) === true);
    const admin = client.admin();
    await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
    await admin.close();
    await drained();
    await until('readers see it', async () => (await published('a')).length > 0);
    expect(await published('a')).toEqual(['a1']);
  });
});
