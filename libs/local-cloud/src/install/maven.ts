import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { LocalCloudError } from '../errors.js';
import { installOnce, toStderr, type Progress } from './install-once.js';
import { packageDir } from './paths.js';
import { runCommand } from './run-command.js';
import { runMaven } from './run-maven.js';

/** The release lines of Kafka that can be started: the newest, and the last 3.x that MSK offers. */
export const kafkaVersions = ['4.3', '3.9'] as const;
export type KafkaVersion = (typeof kafkaVersions)[number];

const kafkaProjects: Readonly<Record<KafkaVersion, { project: string; name: string }>> = {
  '4.3': { project: 'kafka', name: 'kafka-4.3.1' },
  '3.9': { project: 'kafka-3.9', name: 'kafka-3.9.2' },
};

/** Kafka's jars; the folder is a class path as `<folder>/*`. */
export async function installKafka(
  version: KafkaVersion = defaultKafkaVersion(),
  progress: Progress = toStderr,
): Promise<string> {
  const { project, name } = kafkaProjects[version];
  return installJars(project, name, progress);
}

/** `KAFKA_BROKER_VERSION`, else the newest. */
export function defaultKafkaVersion(): KafkaVersion {
  const asked = process.env['KAFKA_BROKER_VERSION'];
  if (asked === undefined || asked === '') return '4.3';
  const version = kafkaVersions.find((known) => known === asked);
  if (version !== undefined) return version;
  throw new LocalCloudError(
    'MESH_LOCAL_INSTALL_FAILED',
    `KAFKA_BROKER_VERSION is ${asked}: Kafka can be started in ${kafkaVersions.join(' and ')}`,
  );
}

/** OpenSearch's jars with those of the runner that embeds it; a class path as Kafka's. */
export async function installOpenSearch(progress: Progress = toStderr): Promise<string> {
  return installJars('opensearch', 'opensearch-2.19.1', progress);
}

/** Apicurio Registry, which speaks the protocol of Confluent's; the folder holds its jar. */
export async function installApicurio(progress: Progress = toStderr): Promise<string> {
  return installJars('apicurio', 'apicurio-2.6.13', progress, async (dir) => {
    for (const archive of readdirSync(dir).filter((file) => file.endsWith('.tar.gz'))) {
      await runCommand('tar', ['-xzf', join(dir, archive), '-C', dir]);
      rmSync(join(dir, archive));
    }
  });
}

/**
 * Copies what java/<project>/pom.xml depends on into the tools folder, checks each file against jars.sha256, and then
 * does what else is to be done with them.
 */
async function installJars(
  project: string,
  name: string,
  progress: Progress,
  finish: (dir: string) => Promise<void> = async () => {},
): Promise<string> {
  const pom = join(packageDir, 'java', project, 'pom.xml');
  const checksums = join(packageDir, 'java', project, 'jars.sha256');
  const expected = readChecksums(checksums);
  return installOnce(
    {
      name,
      lockFiles: [pom, checksums],
      install: async (dir, attempt) => {
        progress(`${name}: fetching ${String(expected.size)} jars with Maven`);
        const onLine = jarCounter(name, expected.size, progress);
        await runMaven(mavenArgs(pom, dir, attempt), { onLine });
        verify(dir, expected);
        await finish(dir);
      },
    },
    progress,
  );
}

function mavenArgs(pom: string, dir: string, attempt: number): string[] {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${dir}`];
  // Maven remembers a failed download for a day; -U makes it ask again.
  const again = attempt > 1 ? ['-U'] : [];
  return ['-B', '-Dstyle.color=never', ...again, '-f', pom, ...goal];
}

/** Maven's downloads come first (none when ~/.m2 has them), then the copying; a line for each quarter. */
function jarCounter(name: string, total: number, progress: Progress): (line: string) => void {
  const counters = { Downloaded: 0, Copying: 0 };
  const step = Math.max(1, Math.ceil(total / 4));
  return (line) => {
    const kind = /(Downloaded|Copying) .*\.jar\b/.exec(line)?.[1] as keyof typeof counters | undefined;
    if (kind === undefined) return;
    counters[kind] += 1;
    if (counters[kind] % step !== 0) return;
    const count = String(counters[kind]);
    progress(
      kind === 'Downloaded'
        ? `${name}: downloaded ${count} jars (Maven's own among them)`
        : `${name}: ${count} of ${String(total)} jars in place`,
    );
  };
}

function readChecksums(file: string): Map<string, string> {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Map(
    lines.map((line): [string, string] => {
      const [checksum = '', jar = ''] = line.split(/\s+/);
      return [jar, checksum];
    }),
  );
}

function verify(dir: string, expected: Map<string, string>): void {
  const found = readdirSync(dir).filter((file) => /\.(jar|tar\.gz)$/.test(file));
  const faults = found
    .filter((jar) => sha256(join(dir, jar)) !== expected.get(jar))
    .map((jar) => `${jar} ${expected.has(jar) ? 'has another checksum' : 'is not expected'}`);
  for (const jar of expected.keys()) if (!found.includes(jar)) faults.push(`${jar} is missing`);
  if (faults.length > 0) {
    throw new LocalCloudError(
      'MESH_LOCAL_INSTALL_FAILED',
      `what Maven fetched is not what jars.sha256 locks: ${faults.slice(0, 5).join(', ')}`,
    );
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
