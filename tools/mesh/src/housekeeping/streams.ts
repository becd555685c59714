import { topicSettings } from '@mesh/contracts';
import { applyTopics, type Admin, type KafkaClient } from '@mesh/kafka';
import { countLetters } from '../dlq/summary.js';
import type { Finding } from './finding.js';
import { lagOf } from './lag.js';

/** A consumer whose oldest waiting record is older than this is worth a look. Milliseconds. */
const LAG_WARNING_MS = 5 * 60_000;

/** Are the topics as their manifests say, the consumers near their ends, and the dead-letter topics empty? */
export async function examineStreams(
  client: KafkaClient,
  admin: Admin,
  groups: readonly string[],
): Promise<readonly Finding[]> {
  const findings = [...(await examineTopics(admin))];
  for (const group of groups) findings.push(...(await examineGroup(client, admin, group)));
  for (const { name } of topicSettings) {
    if (name.endsWith('.dlq')) findings.push(...(await examineLetters(client, admin, name)));
  }
  return findings;
}

async function examineTopics(admin: Admin): Promise<readonly Finding[]> {
  const { created, unchanged, drift } = await applyTopics(admin, topicSettings, {
    capReplication: true,
    dryRun: true,
  });
  const findings: Finding[] = [];
  if (created.length > 0) {
    const seen = `${created.join(', ')} do not exist`;
    findings.push({ what: 'topics', verdict: 'fault', seen, todo: './mesh up creates what is missing' });
  }
  for (const { topic, text } of drift) {
    const [seen = text, todo = 'correct one of the two'] = text.split('; ');
    findings.push({ what: `topic ${topic}`, verdict: 'warning', seen, todo });
  }
  if (findings.length > 0) return findings;
  return [{ what: 'topics', verdict: 'ok', seen: `${unchanged.length} are as their manifests say` }];
}

async function examineGroup(client: KafkaClient, admin: Admin, group: string): Promise<readonly Finding[]> {
  const lags = await lagOf(client, admin, group);
  if (lags.length === 0) return [];
  const what = `lag of ${group}`;
  const beginnings = await admin.beginningOffsets(lags);
  const faults = lags.flatMap(({ topic, partition, committed, end }, index): Finding[] => {
    const begin = beginnings[index]?.offset ?? 0;
    if (committed >= begin && committed <= end) return [];
    const where = `${topic}-${partition}`;
    const seen =
      committed < begin
        ? `${where} begins at offset ${begin}, and ${group} has come to ${committed}: ${begin - committed} records were deleted unread`
        : `${where} ends at offset ${end}, and ${group} has come to ${committed}: the topic was made anew`;
    return [{ what, verdict: 'fault', seen, todo: `./mesh reset ${group} shows where it could go on` }];
  });
  const behind = lags.reduce((sum, lag) => sum + lag.behind, 0);
  const oldest = Math.max(0, ...lags.map(({ oldestMs }) => oldestMs ?? 0));
  if (faults.length > 0) return faults;
  const seen = `${behind} behind, the oldest for ${Math.round(oldest / 1000)} s`;
  if (oldest < LAG_WARNING_MS) return [{ what, verdict: 'ok', seen }];
  return [
    { what, verdict: 'warning', seen, todo: `./mesh status and ./mesh logs ${group} say what holds it up` },
  ];
}

async function examineLetters(client: KafkaClient, admin: Admin, dlq: string): Promise<readonly Finding[]> {
  // A topic that does not exist is reported with the topics.
  if ((await admin.describeTopics([dlq])).length === 0) return [];
  const counts = await countLetters(client, dlq);
  const waiting = counts.reduce((sum, { letters, replayed }) => sum + letters - replayed, 0);
  if (waiting === 0) return [];
  const topic = dlq.slice(0, -'.dlq'.length);
  const todo = `./mesh dlq list ${topic} says why; after a fix ./mesh dlq replay ${topic} puts them back`;
  return [{ what: `dead letters of ${topic}`, verdict: 'warning', seen: `${waiting} not replayed`, todo }];
}
