/** What the decoders of streams hold of the host's memory, by stream. Pure, but for what a process holds, which is asked for. */
import type { Allocation } from '../shared/memory/allocation.js'

export interface DecodedStream {
  id: string
  /** Two while one decoder takes over from the other. */
  pids: readonly number[]
}

/**
 * Anonymous resident memory: what one decoder more costs; pages of programs and slabs are shared. A process that decodes several
 * streams is divided among them evenly, and is then not exact. One without a stream stands ready, for nobody yet.
 * @param sharedPids processes that decode many streams, or stand ready for one.
 * @param bytesOf null where the process is gone.
 */
export function decoderAllocations(
  streams: readonly DecodedStream[],
  sharedPids: readonly number[],
  bytesOf: (pid: number) => number | null,
): Allocation[] {
  const users = new Map<number, string[]>(sharedPids.map(pid => [pid, []]))
  for (const { id, pids } of streams)
    for (const pid of new Set(pids)) users.set(pid, [...(users.get(pid) ?? []), id])
  const byOwner = new Map<string, Allocation>()
  for (const [pid, ids] of users) {
    const bytes = bytesOf(pid)
    if (bytes === null) continue
    const owners = ids.length === 0 ? ['process'] : ids.map(id => `stream ${id}`)
    for (const owner of owners) add(byOwner, owner, Math.round(bytes / owners.length), owners.length === 1)
  }
  return [...byOwner.values()]
}

function add(byOwner: Map<string, Allocation>, owner: string, bytes: number, exact: boolean): void {
  const known = byOwner.get(owner)
  byOwner.set(owner, {
    kind: 'decoder',
    owner,
    where: 'host',
    count: (known?.count ?? 0) + 1,
    bytes: (known?.bytes ?? 0) + bytes,
    exact: exact && (known?.exact ?? true),
  })
}
