import type { Admin, TopicSpec } from './port/admin.js';

export interface ApplyTopicsOptions {
  /**
   * Ask for no more replicas than there are brokers, and for no more in sync than replicas: so that a manifest written
   * for production also stands on one local broker. Default false: then too few brokers is an error.
   */
  readonly capReplication?: boolean;
  /** Only look: report what would be created, and what drifted. Default false. */
  readonly dryRun?: boolean;
}

/** One difference between a topic as code and as it is. */
export interface TopicDrift {
  readonly topic: string;
  /** `partitions`, `replicationFactor`, or the name of a configuration. */
  readonly property: string;
  readonly wanted: string;
  readonly found: string;
  /** The difference, and what to do about it. */
  readonly text: string;
}

export interface TopicsReport {
  readonly created: readonly string[];
  /** Existed, and is as the code says. */
  readonly unchanged: readonly string[];
  readonly drift: readonly TopicDrift[];
}

/**
 * Topics as code: creates what is missing, compares what exists, and changes nothing that exists, since each such
 * change (keys moving to other partitions, records deleted) is one for a person to decide.
 *
 * @throws KafkaError where a topic cannot be created
 */
export async function applyTopics(
  admin: Admin,
  specs: readonly TopicSpec[],
  options: ApplyTopicsOptions = {},
): Promise<TopicsReport> {
  const brokers = options.capReplication === true ? await admin.brokerCount() : Infinity;
  const wanted = specs.map((spec) => capped(spec, brokers));
  const existing = new Map(
    (await admin.describeTopics(wanted.map(({ name }) => name))).map((topic) => [topic.name, topic]),
  );
  const missing = wanted.filter(({ name }) => !existing.has(name));
  const created =
    options.dryRun === true ? missing.map(({ name }) => name) : await admin.createTopics(missing);

  const drift: TopicDrift[] = [];
  const unchanged: string[] = [];
  for (const spec of wanted) {
    const found = existing.get(spec.name);
    if (found === undefined) continue;
    const differences = [
      ...layoutDrift(spec, found),
      ...configDrift(spec, Object.keys(spec.config).length === 0 ? {} : await admin.topicConfig(spec.name)),
    ];
    if (differences.length === 0) unchanged.push(spec.name);
    drift.push(...differences);
  }
  return { created, unchanged, drift };
}

const MIN_ISR = 'min.insync.replicas';

function capped(spec: TopicSpec, brokers: number): TopicSpec {
  if (spec.replicationFactor <= brokers) return spec;
  const minIsr = spec.config[MIN_ISR];
  const config =
    minIsr !== undefined && Number(minIsr) > brokers
      ? { ...spec.config, [MIN_ISR]: String(brokers) }
      : spec.config;
  return { ...spec, replicationFactor: brokers, config };
}

function layoutDrift(
  spec: TopicSpec,
  found: { readonly partitions: number; readonly replicationFactor: number },
): TopicDrift[] {
  const drift: TopicDrift[] = [];
  if (found.partitions !== spec.partitions) {
    const advice =
      found.partitions < spec.partitions
        ? 'adding partitions moves keys to other ones; if the order per key may break once, add them with kafka-topics --alter'
        : 'partitions cannot be taken away; correct the manifest, or move to a new topic';
    drift.push(
      difference(spec.name, 'partitions', String(spec.partitions), String(found.partitions), advice),
    );
  }
  if (found.replicationFactor !== spec.replicationFactor) {
    const advice = 'reassign the replicas with kafka-reassign-partitions, or correct the manifest';
    const { replicationFactor } = spec;
    drift.push(
      difference(
        spec.name,
        'replicationFactor',
        String(replicationFactor),
        String(found.replicationFactor),
        advice,
      ),
    );
  }
  return drift;
}

function configDrift(spec: TopicSpec, found: Readonly<Record<string, string>>): TopicDrift[] {
  return Object.entries(spec.config)
    .filter(([name, value]) => found[name] !== value)
    .map(([name, value]) => {
      const advice =
        found[name] === undefined
          ? 'the broker knows no such configuration; correct its name in the manifest'
          : 'set it with kafka-configs --alter, or correct the manifest';
      return difference(spec.name, name, value, found[name] ?? 'nothing', advice);
    });
}

function difference(
  topic: string,
  property: string,
  wanted: string,
  found: string,
  advice: string,
): TopicDrift {
  const text = `topic ${topic}: ${property} is ${found}, the manifest says ${wanted}; ${advice}`;
  return { topic, property, wanted, found, text };
}
