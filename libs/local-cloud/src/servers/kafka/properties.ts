/** A door beside the plaintext one, for clients that come with TLS or SASL, or by a way of their own. */
export interface ListenerOptions {
  /** In upper case. */
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Of this listener only, without the prefix `listener.name.<name>.`. */
  readonly properties: Readonly<Record<string, string>>;
  /**
   * The ports that clients are sent to, broker by broker, where something stands in between, as a proxy; default: those
   * that the brokers listen on.
   */
  readonly advertisedPorts?: readonly number[];
}

/** One node of a cluster, broker and controller in one JVM. */
export interface NodePlan {
  /** From 1. */
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly dataDir: string;
  /** With the port of each. */
  readonly listeners: readonly (ListenerOptions & { readonly port: number })[];
}

/** server.properties of one node; `overrides` come last and win. */
export function serverProperties(
  node: NodePlan,
  cluster: readonly NodePlan[],
  overrides: Readonly<Record<string, string>>,
): string {
  const replicas = String(Math.min(3, cluster.length));
  const doors = [{ name: 'PLAINTEXT', port: node.port }, ...node.listeners];
  const address = ({ name, port }: { readonly name: string; readonly port: number }) =>
    `${name}://127.0.0.1:${String(port)}`;
  const advertised = doors.map((door) =>
    address({
      ...door,
      port: ('advertisedPorts' in door ? door.advertisedPorts?.[node.id - 1] : undefined) ?? door.port,
    }),
  );
  const minInSync = cluster.length >= 3 ? '2' : '1';
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': cluster
      .map((voter) => `${String(voter.id)}@127.0.0.1:${String(voter.controllerPort)}`)
      .join(','),
    listeners: [...doors.map(address), `CONTROLLER://127.0.0.1:${String(node.controllerPort)}`].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': [
      'PLAINTEXT:PLAINTEXT',
      'CONTROLLER:PLAINTEXT',
      ...node.listeners.map(({ name, protocol }) => `${name}:${protocol}`),
    ].join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': node.dataDir,
    // Topics come from the manifest; a misspelt one must be an error.
    'auto.create.topics.enable': 'false',
    // It goes by records' own times, and those here are of old logs: topics say themselves what they keep for how long.
    'log.retention.ms': '-1',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    'min.insync.replicas': minInSync,
    // Production waits for more members to arrive; here it would only be a pause at each start.
    'group.initial.rebalance.delay.ms': '0',
    // Lets a test detect a dead member in seconds; members that ask for longer get what they ask for.
    'group.min.session.timeout.ms': '1000',
    // A broker killed and started again is refused until its old session ends.
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    // The default of 128 MB would be half of the heap.
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.segment.delete.delay.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    'num.recovery.threads.per.data.dir': '1',
    ...listenerProperties(node.listeners),
    ...overrides,
  };
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

function listenerProperties(listeners: readonly ListenerOptions[]): Record<string, string> {
  return Object.fromEntries(
    listeners.flatMap(({ name, properties }) =>
      Object.entries(properties).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value]),
    ),
  );
}
