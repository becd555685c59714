import type { AvroType } from './schema.js';

/** What JavaScript's own types tell apart; an unwrapped union has one branch at most of each. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'buffer' | 'array' | 'object' | 'other';

export function kindOfValue(value: unknown): Kind {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'object') return 'other';
  if (Array.isArray(value)) return 'array';
  return Buffer.isBuffer(value) ? 'buffer' : 'object';
}

export function kindOfType(type: AvroType): Kind {
  switch (type.typeName) {
    case 'null':
    case 'boolean':
    case 'string':
    case 'array':
      return type.typeName;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 'number';
    case 'enum':
      return 'string';
    case 'bytes':
    case 'fixed':
      return 'buffer';
    default:
      return 'object';
  }
}
