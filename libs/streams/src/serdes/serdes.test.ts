import { describe, expect, it } from '@jest/globals';
import {
  doubleSerde,
  integerSerde,
  listSerde,
  longSerde,
  nullable,
  SerdeError,
  sessionWindowedSerde,
  stringSerde,
  timeWindowedSerde,
  uuidSerde,
  Windowed,
  type Serde,
} from '../index.js';

const UUID = 'c0ffee00-0000-4000-8000-00000000beef';

/** What Kafka's own serializers of 4.3.1 write. */
const WRITTEN_BY_JAVA: readonly (readonly [
  what: string,
  serde: Serde<never>,
  value: unknown,
  hex: string,
])[] = [
  [
    'a UUID',
    uuidSerde as Serde<never>,
    UUID,
    '63306666656530302d303030302d343030302d383030302d303030303030303062656566',
  ],
  [
    'a list of strings',
    listSerde(nullable(stringSerde)) as Serde<never>,
    ['ab', null, ''],
    '0100000003000000026162ffffffff00000000',
  ],
  ['an empty list', listSerde(stringSerde) as Serde<never>, [], '0100000000'],
  [
    'a list of integers',
    listSerde(nullable(integerSerde)) as Serde<never>,
    [1, null, 3],
    '000000000100000001000000030000000100000003',
  ],
  [
    'a list of longs',
    listSerde(longSerde) as Serde<never>,
    [1, 2],
    '00000000000000000200000000000000010000000000000002',
  ],
  ['a list of doubles', listSerde(doubleSerde) as Serde<never>, [1.5], '0000000000000000013ff8000000000000'],
  [
    'a list of UUIDs',
    listSerde(uuidSerde) as Serde<never>,
    [UUID],
    '00000000000000000163306666656530302d303030302d343030302d383030302d303030303030303062656566',
  ],
  [
    'a key in a window of time',
    timeWindowedSerde(stringSerde, 10) as Serde<never>,
    new Windowed('k', 5, 15),
    '6b0000000000000005',
  ],
  [
    'a key in a session',
    sessionWindowedSerde(stringSerde) as Serde<never>,
    new Windowed('k', 5, 15),
    '6b000000000000000f0000000000000005',
  ],
];

describe('what Java writes', () => {
  it.each(WRITTEN_BY_JAVA)('%s is read, and written the same', (_what, serde, value, hex) => {
    expect(serde.serialize('t', value as never, []).toString('hex')).toBe(hex);
    expect(serde.deserialize('t', Buffer.from(hex, 'hex'), [])).toEqual(value);
  });
});

describe('bytes that are none of it are refused', () => {
  const refused: readonly (readonly [what: string, serde: Serde<never>, hex: string])[] = [
    ['a UUID that is none', uuidSerde as Serde<never>, '6162'],
    ['an empty list', listSerde(stringSerde) as Serde<never>, ''],
    ['a list that says it is longer than it is', listSerde(stringSerde) as Serde<never>, '017fffffff'],
    ['a list that ends in an entry', listSerde(stringSerde) as Serde<never>, '010000000100000005616263'],
    ['more entries of one size than there are', listSerde(longSerde) as Serde<never>, '00000000007fffffff'],
    ['a list of no known kind', listSerde(stringSerde) as Serde<never>, '0200000000'],
    ['entries of one size, of a serde without', listSerde(stringSerde) as Serde<never>, '000000000000000000'],
  ];

  it.each(refused)('%s', (_what, serde, hex) => {
    expect(() => serde.deserialize('t', Buffer.from(hex, 'hex'), [])).toThrow(SerdeError);
  });
});
