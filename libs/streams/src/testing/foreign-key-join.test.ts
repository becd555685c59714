import { describe, expect, it } from '@jest/globals';
import { nullable, stringSerde, StreamsBuilder } from '../index.js';
import { murmur3 } from '../serdes/murmur3.js';
import { TopologyTestDriver } from './topology-test-driver.js';

const strings = { key: stringSerde, value: stringSerde };

function foreignKey(value: string): string | null {
  return value.includes(':') ? value.slice(0, value.indexOf(':')) : null;
}

function joined(type: 'inner' | 'left', store?: string): TopologyTestDriver {
  const builder = new StreamsBuilder();
  const left = builder.table('l', { ...strings, store: 'l-store' });
  const right = builder.table('r', { ...strings, store: 'r-store' });
  const options = { name: 'fk', ...(store === undefined ? {} : { store, value: stringSerde }) };
  const table =
    type === 'inner'
      ? left.foreignKeyJoin(right, foreignKey, (l, r) => `${l}|${r}`, options)
      : left.foreignKeyLeftJoin(right, foreignKey, (l, r) => `${l}|${r}`, options);
  table.toStream().to('out', { value: nullable(stringSerde) });
  return new TopologyTestDriver(builder.build(), { applicationId: 'app' });
}

function pipe(
  driver: TopologyTestDriver,
  inputs: readonly (readonly [topic: string, key: string, value: string | null, timestamp: number])[],
): string[][] {
  const out = driver.createOutputTopic('out', strings);
  out.readRecords();
  return inputs.map(([topic, key, value, timestamp]) => {
    driver.createInputTopic(topic, strings).pipeInput(key, value, { timestamp });
    return out.readRecords().map((record) => `${record.key}=${record.value}@${record.timestamp}`);
  });
}

describe('a foreign-key join', () => {
  it('follows rows and what they refer to', () => {
    const output = pipe(joined('inner'), [
      ['l', '1', 'x:p', 0],
      ['r', 'x', 'R', 1],
      ['l', '2', 'x:q', 0],
      ['r', 'x', 'S', 2],
      ['l', '1', 'y:p', 3],
      ['l', '2', 'none', 4],
      ['r', 'x', 'T', 5],
      ['r', 'y', 'U', 6],
      ['r', 'y', null, 7],
      ['l', '1', null, 8],
    ]);
    expect(output).toEqual([
      [],
      ['1=x:p|R@1'],
      ['2=x:q|R@1'],
      ['1=x:p|S@2', '2=x:q|S@2'],
      ['1=null@3'],
      ['2=null@4'],
      [],
      ['1=y:p|U@6'],
      ['1=null@7'],
      ['1=null@8'],
    ]);
  });

  it('keeps all rows where it is a left join', () => {
    const output = pipe(joined('left'), [
      ['l', '1', 'x:p', 0],
      ['r', 'x', 'R', 1],
      ['l', '1', 'y:p', 2],
      ['l', '1', 'none', 3],
      ['r', 'x', 'S', 4],
      ['l', '1', null, 5],
    ]);
    expect(output).toEqual([
      ['1=x:p|null@0'],
      ['1=x:p|R@1'],
      ['1=y:p|null@2'],
      ['1=none|null@3'],
      [],
      ['1=null@5'],
    ]);
  });

  it('keeps its result where it is given a store, and then tells no deletion of nothing', () => {
    const driver = joined('inner', 'joined');
    const output = pipe(driver, [
      ['l', '1', 'x:p', 0],
      ['l', '1', 'y:p', 1],
      ['r', 'y', 'R', 2],
    ]);
    expect(output).toEqual([[], [], ['1=y:p|R@2']]);
    expect(driver.keyValueStore('joined').get(Buffer.from('1'))).toMatchObject({
      value: 'y:p|R',
      timestamp: 2,
    });
  });

  it('goes on from its changelogs', () => {
    const driver = joined('inner');
    pipe(driver, [
      ['l', '1', 'x:p', 0],
      ['l', '2', 'xx:p', 0],
      ['l', '3', 'x:q', 0],
    ]);
    driver.restart();
    expect(pipe(driver, [['r', 'x', 'R', 1]])).toEqual([['1=x:p|R@1', '3=x:q|R@1']]);
  });

  it('writes subscriptions and answers as Java does', () => {
    const driver = joined('inner');
    pipe(driver, [
      ['l', '1', 'x:p', 0],
      ['r', 'x', 'R', 1],
    ]);
    const hash = murmur3(Buffer.from('x:p'));
    const [registration] = driver.rawRecords('app-fk-subscription-registration-topic');
    expect(registration?.key).toEqual(Buffer.from('x'));
    // Version 1, "answer if present", hash, primary key, partition.
    expect(registration?.value).toEqual(
      Buffer.concat([Buffer.from([1, 3]), hash, Buffer.from('1'), Buffer.from([0, 0, 0, 0])]),
    );
    const [stored] = driver.rawRecords('app-fk-subscription-store-changelog');
    expect(stored?.key).toEqual(Buffer.from([0, 0, 0, 1, 0x78, 0x31]));
    expect(stored?.value).toEqual(registration?.value);
    const [response] = driver.rawRecords('app-fk-subscription-response-topic');
    expect(response?.key).toEqual(Buffer.from('1'));
    expect(response?.value).toEqual(Buffer.concat([Buffer.from([0]), hash, Buffer.from('R')]));
  });
});
