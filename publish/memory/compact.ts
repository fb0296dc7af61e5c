/** Asks devices to compact their memory, and waits for what came of it. */
import { randomUUID } from 'node:crypto'
import { sleep } from '../../shared/clock.js'
import { RingsideError } from '../../shared/errors.js'
import type { CompactionReport } from '../../shared/memory/timeline.js'
import type { CompactionRequests } from '../../shared/redis/compaction-requests.js'
import type { MemoryTimeline } from '../../shared/redis/memory-timeline.js'
import type { Reports } from '../../shared/redis/reports.js'
import { inferProcesses } from '../api/served-models.js'

/** A session that is made anew on a GPU compiles its kernels first. */
const WAIT_MS = 60_000
const LOOK_MS = 100

export interface CompactParts {
  timeline: Pick<MemoryTimeline, 'compactions'>
  requests: CompactionRequests
  reports: Reports
}

/**
 * @param device null: every one. @param model made anew; null: whatever each device needs.
 * @returns one report a device: of what this caller asked for, whoever else asks at the same time.
 * @throws RingsideError `infer_unavailable` where nobody serves the device, or it does not answer within a minute.
 */
export async function compactNow(
  { timeline, requests, reports }: CompactParts,
  device: string | null,
  model: string | null,
  waitMs = WAIT_MS,
): Promise<CompactionReport[]> {
  const served = inferProcesses(await reports.processes()).map(({ detail }) => detail.deviceId)
  const asked = device === null ? served : served.filter(one => one === device)
  if (asked.length === 0) throw nobody(device)
  const id = randomUUID()
  const atMs = Date.now()
  await Promise.all(asked.map(one => requests.ask(one, { id, atMs, model })))
  for (const untilMs = atMs + waitMs; Date.now() < untilMs; await sleep(LOOK_MS)) {
    const answers = (await timeline.compactions()).filter(({ request }) => request === id)
    const own = asked.flatMap(one => answers.find(answer => answer.device === one) ?? [])
    if (own.length === asked.length) return own
  }
  throw new RingsideError('infer_unavailable', `A device has not compacted its memory within ${waitMs} ms.`, {
    key: 'device',
    value: asked.join(', '),
    remedy: 'Look at the log of infer; GET /api/v1/memory/compactions tells when it has.',
  })
}

function nobody(device: string | null): RingsideError {
  return new RingsideError('infer_unavailable', 'No infer process runs on that device.', {
    key: 'device',
    value: device ?? '(every device)',
    remedy: 'GET /api/v1/gpus lists the devices.',
  })
}
