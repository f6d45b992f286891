import { engineIn, entryFields, type Info, keysIn, numberIn } from './info.ts';

/** Labels of every series of one instance. */
export interface MetricLabels {
  readonly namespace: string;
  readonly cluster: string;
  readonly pod: string;
  readonly role: string;
}

/** What the manager knows and INFO does not say. */
export interface ManagerFacts {
  readonly up: boolean;
  readonly fenced: boolean;
  readonly term: number;
  /** The primary's offset minus ours, in bytes; undefined on a primary and before the first comparison. */
  readonly lagBytes: number | undefined;
  readonly writeLeaseSeconds: number | undefined;
}

type Kind = 'gauge' | 'counter';
interface Metric {
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly value: (info: Info, facts: ManagerFacts) => number | undefined;
}

const from = (name: string, kind: Kind, field: string, help: string): Metric => ({
  name,
  kind,
  help,
  value: (info) => numberIn(info, field),
});

const flag = (holds: boolean): number => (holds ? 1 : 0);

/** Every metric that has one value, in the order in which they are written. */
const metrics: readonly Metric[] = [
  { name: 'redis_up', kind: 'gauge', help: 'Whether redis-server answers.', value: (_, { up }) => flag(up) },
  from('redis_connected_clients', 'gauge', 'connected_clients', 'Clients connected now.'),
  from('redis_blocked_clients', 'gauge', 'blocked_clients', 'Clients waiting in a blocking command.'),
  from(
    'redis_rejected_connections_total',
    'counter',
    'rejected_connections',
    'Connections refused at maxclients.',
  ),
  from('redis_used_memory_bytes', 'gauge', 'used_memory', 'Bytes allocated by redis-server.'),
  from('redis_used_memory_rss_bytes', 'gauge', 'used_memory_rss', 'Resident bytes of redis-server.'),
  from('redis_used_memory_peak_bytes', 'gauge', 'used_memory_peak', 'The most bytes ever allocated.'),
  from('redis_maxmemory_bytes', 'gauge', 'maxmemory', 'The limit for data, 0 for none.'),
  from('redis_mem_fragmentation_ratio', 'gauge', 'mem_fragmentation_ratio', 'Resident by allocated bytes.'),
  from('redis_evicted_keys_total', 'counter', 'evicted_keys', 'Keys evicted at maxmemory.'),
  from('redis_total_commands_processed', 'counter', 'total_commands_processed', 'Commands carried out.'),
  from(
    'redis_instantaneous_ops_per_sec',
    'gauge',
    'instantaneous_ops_per_sec',
    'Commands in a second, lately.',
  ),
  from('redis_keyspace_hits_total', 'counter', 'keyspace_hits', 'Reads that found their key.'),
  from('redis_keyspace_misses_total', 'counter', 'keyspace_misses', 'Reads that did not.'),
  from('redis_connected_replicas', 'gauge', 'connected_slaves', 'Replicas streaming from this instance.'),
  from(
    'redis_replication_offset',
    'gauge',
    'master_repl_offset',
    'Bytes of the replication stream produced.',
  ),
  from(
    'redis_replica_repl_offset',
    'gauge',
    'slave_repl_offset',
    'Bytes of the replication stream received.',
  ),
  {
    name: 'redis_replication_lag_bytes',
    kind: 'gauge',
    help: "The primary's offset minus this replica's, at their last comparison.",
    value: (_, { lagBytes }) => lagBytes,
  },
  {
    name: 'redis_master_link_up',
    kind: 'gauge',
    help: 'Whether the link of a replica to its primary is up.',
    value: (info) =>
      info.has('master_link_status') ? flag(info.get('master_link_status') === 'up') : undefined,
  },
  from(
    'redis_rdb_last_save_timestamp',
    'gauge',
    'rdb_last_save_time',
    'When the last RDB was saved, in epoch seconds.',
  ),
  from(
    'redis_rdb_last_bgsave_duration_seconds',
    'gauge',
    'rdb_last_bgsave_time_sec',
    'How long it took, -1 before the first.',
  ),
  from(
    'redis_aof_last_rewrite_duration_seconds',
    'gauge',
    'aof_last_rewrite_time_sec',
    'How long the last AOF rewrite took, -1 before the first.',
  ),
  from(
    'redis_rdb_changes_since_last_save',
    'gauge',
    'rdb_changes_since_last_save',
    'Changes since the last RDB.',
  ),
  from('redis_loading', 'gauge', 'loading', 'Whether a data set is being loaded.'),
  {
    name: 'redis_fenced',
    kind: 'gauge',
    help: 'Whether writes are barred.',
    value: (_, { fenced }) => flag(fenced),
  },
  from('redis_uptime_seconds', 'counter', 'uptime_in_seconds', 'Seconds since redis-server started.'),
  {
    name: 'redis_keys',
    kind: 'gauge',
    help: 'Keys in all databases.',
    // A data set of no keys has no line of its own: only a server that says nothing at all leaves it open.
    value: (info) => (info.size === 0 ? undefined : keysIn(info)),
  },
  { name: 'redis_term', kind: 'gauge', help: 'The highest term obeyed.', value: (_, { term }) => term },
  {
    name: 'redis_write_lease_seconds',
    kind: 'gauge',
    help: 'How long writes may go on without another proof of tenure.',
    value: (_, { writeLeaseSeconds }) => writeLeaseSeconds,
  },
];

/** All of an instance's metrics as Prometheus reads them. What INFO does not say is left out, never made up. */
export function renderMetrics(info: Info, facts: ManagerFacts, labels: MetricLabels): string {
  const own = labelText({ ...labels });
  const single = metrics.flatMap((metric) => {
    const value = metric.value(info, facts);
    return value === undefined ? [] : [...head(metric), `${metric.name}${own} ${value}`];
  });
  return `${[...single, ...instanceInfo(info, labels), ...commandCalls(info, labels)].join('\n')}\n`;
}

const head = ({ name, kind, help }: Pick<Metric, 'name' | 'kind' | 'help'>): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${kind}`,
];

function instanceInfo(info: Info, labels: MetricLabels): readonly string[] {
  if (info.size === 0) return [];
  const name = 'redis_instance_info';
  const engine = engineIn(info);
  const text = labelText({ ...labels, engine: engine.name, version: engine.version });
  return [
    ...head({ name, kind: 'gauge', help: 'The engine and its version; always 1.' }),
    `${name}${text} 1`,
  ];
}

function commandCalls(info: Info, labels: MetricLabels): readonly string[] {
  const name = 'redis_command_calls_total';
  const lines = [...info].flatMap(([field, value]) => {
    if (!field.startsWith('cmdstat_')) return [];
    const calls = entryFields(value).get('calls');
    const command = field.slice('cmdstat_'.length);
    return calls === undefined ? [] : [`${name}${labelText({ ...labels, command })} ${calls}`];
  });
  return lines.length === 0
    ? []
    : [...head({ name, kind: 'counter', help: 'Calls of each command.' }), ...lines];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
