import type { Header } from '@mesh/kafka';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const FIXTURES = join(import.meta.dirname, '../../../fixtures');

/** A record as it is in a topic; bytes in base64. */
export interface RecordedRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

export interface RecordedTopic {
  readonly name: string;
  /** Of the application's own topics: as they were created. */
  readonly config?: Readonly<Record<string, string>>;
  readonly records: readonly RecordedRecord[];
  /** Of topics that are read: the offset that the group has committed. */
  readonly committed?: number;
}

/** What an application of an older version leaves behind, and what it would have gone on with. */
export interface Recording {
  readonly version: string;
  readonly topics: readonly RecordedTopic[];
  /** What was still to come of what it had read, and of the last wave: by topic. */
  readonly outputs: Readonly<Record<string, readonly RecordedRecord[]>>;
  /** What its stores hold after that, by name: entries as queries answer them. */
  readonly stores: Readonly<Record<string, readonly object[]>>;
  readonly group: RecordedGroup;
}

/** What its members tell each other, in bytes, and what it means. */
export interface RecordedGroup {
  readonly subscription: { readonly bytes: string; readonly means: object };
  readonly assigned: { readonly bytes: string; readonly means: object };
}

/** The versions that there are fixtures of, oldest first. */
export function recordedVersions(): readonly string[] {
  return readdirSync(FIXTURES).sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

export function loadRecording(version: string): Recording {
  return JSON.parse(readFileSync(recordingFile(version), 'utf8')) as Recording;
}

export function recordingFile(version: string): string {
  return join(FIXTURES, version, 'recording.json');
}

/** Whether the changelog says that a version is out: what it wrote is not recorded any more, by code that came later. */
export function isReleased(version: string): boolean {
  const changelog = readFileSync(join(FIXTURES, '../CHANGELOG.md'), 'utf8');
  return changelog.split('\n').includes(`## ${version}`);
}

interface Bytes {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: readonly Header[];
}

export function toRecorded({ key, value, timestamp, headers }: Bytes): RecordedRecord {
  return {
    ...{ key: text(key), value: text(value), timestamp },
    headers: headers.map(([name, data]) => [name, text(data)] as const),
  };
}

export function fromRecorded({ key, value, timestamp, headers }: RecordedRecord): Bytes {
  return {
    ...{ key: bytes(key), value: bytes(value), timestamp },
    headers: headers.map(([name, data]) => [name, bytes(data)] as const),
  };
}

function text(data: Buffer | null): string | null {
  return data === null ? null : data.toString('base64');
}

function bytes(data: string | null): Buffer | null {
  return data === null ? null : Buffer.from(data, 'base64');
}
