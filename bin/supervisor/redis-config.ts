/** The configuration of the private Redis: no TCP port, a socket for this user alone, a snapshot so that registered streams outlive a restart. */

/** Nothing of ours needs them, and each would undo a promise of this file. (BullMQ needs EVAL, INFO and CLIENT; BGSAVE is ours.) */
const disabledCommands = [
  'CONFIG',
  'DEBUG',
  'MODULE',
  'FLUSHALL',
  'FLUSHDB',
  'SHUTDOWN',
  'REPLICAOF',
  'SLAVEOF',
  'FAILOVER',
  'CLUSTER',
  'MIGRATE',
  'ACL',
  'MONITOR',
  'PSYNC',
  'SYNC',
]

/** Goes to redis-server's standard input: no file to leave behind, nothing in argv. */
export function redisConfig({ socket, dir }: { socket: string; dir: string }): string {
  return [
    'port 0',
    `unixsocket ${quote(socket)}`,
    'unixsocketperm 700',
    `dir ${quote(dir)}`,
    'daemonize no',
    // Changed often enough within the hour to be worth it, or asked for by BGSAVE when a stream is registered.
    'save 3600 1',
    'appendonly no',
    'stop-writes-on-bgsave-error no', // a full disk must not stop live detections
    'maxmemory 256mb',
    'maxmemory-policy noeviction', // BullMQ: evicted keys are lost jobs
    'loglevel notice',
    'databases 1',
    ...disabledCommands.map(name => `rename-command ${name} ${quote('')}`),
  ].join('\n')
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
