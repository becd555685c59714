import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidContractsError } from './model.js';
import type { EventSource, RecordSchema, SchemaVersion, TopicManifest } from './model.js';

const MANIFEST = 'topic.json';

/**
 * Reads `schemas/` below `root`: one folder a domain, in it one folder an event, which holds `topic.json` and
 * `1.avsc`, `2.avsc`, … Sorted, so that what is generated does not depend on the file system.
 * @throws InvalidContractsError for a file that is missing, misnamed or no JSON
 */
export function readEvents(root: string): EventSource[] {
  const faults: string[] = [];
  const events = folders(join(root, 'schemas')).flatMap((domain) => readDomain(root, domain, faults));
  if (faults.length > 0) throw new InvalidContractsError(faults);
  return events;
}

function readDomain(root: string, domain: string, faults: string[]): EventSource[] {
  const folder = `schemas/${domain}`;
  const events = folders(join(root, folder)).map((event) => readEvent(root, domain, event, faults));
  if (events.length === 0) faults.push(`${folder}: holds no event; add ${folder}/<event>/1.avsc`);
  return events;
}

function readEvent(root: string, domain: string, event: string, faults: string[]): EventSource {
  const folder = `schemas/${domain}/${event}`;
  const manifest = readJson(root, `${folder}/${MANIFEST}`, faults) as TopicManifest;
  const versions: SchemaVersion[] = [];
  for (const name of readdirSync(join(root, folder)).sort()) {
    if (name === MANIFEST) continue;
    const file = `${folder}/${name}`;
    const number = /^([1-9][0-9]*)\.avsc$/.exec(name)?.[1];
    if (number === undefined) {
      faults.push(`${file}: is no version; a schema's file is named by its number, as 1.avsc`);
      continue;
    }
    const schema = readJson(root, file, faults);
    const fingerprint = createHash('sha256').update(JSON.stringify(schema)).digest('hex');
    versions.push({ number: Number(number), file, schema: schema as RecordSchema, fingerprint });
  }
  versions.sort((a, b) => a.number - b.number);
  versions.forEach((version, index) => {
    if (version.number !== index + 1)
      faults.push(`${folder}: version ${index + 1} is missing; versions count from 1`);
  });
  if (versions.length === 0) faults.push(`${folder}: holds no version; add ${folder}/1.avsc`);
  return { domain, event, manifest, versions };
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function readJson(root: string, file: string, faults: string[]): unknown {
  const path = join(root, file);
  if (!existsSync(path)) {
    faults.push(`${file}: is missing`);
    return {};
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    faults.push(`${file}: is no JSON: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}
