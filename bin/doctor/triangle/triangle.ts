/** The golden triangle of every device of a running Ringside: memory, idle gaps, bandwidth, and the one thing to change first. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../../config/schema.js'
import type { ProcessList } from '../../../shared/api/views.js'
import type { BudgetSettings, DeviceCapacity } from '../../../shared/budget/budget.js'
import { RingsideError } from '../../../shared/errors.js'
import type { MemorySample } from '../../../shared/memory/timeline.js'
import type { ProcessReport } from '../../../shared/process/report.js'
import { resolveAddress } from '../../client/address.js'
import { createRest, type Rest } from '../../client/rest.js'
import { type Finding, skip } from '../check.js'
import { judgeBandwidth, noBandwidth } from './bandwidth.js'
import { judgeMemory } from './device-memory.js'
import { judgeGaps } from './idle-gaps.js'
import { judge } from './judgement.js'
import { bandwidthFigures, gapFigures, type InferProcess, inferProcesses, memoryFigures } from './readings.js'
import { type Side, within } from './side.js'

/** Between two reports: as long as a person waits gladly, and a few hundred batches. */
const WATCH_MS = 3000
/** Newest samples come once a second. */
const SAMPLE_AGE_MS = 15_000

/** The answers' parts that count here. */
interface DeviceBudget {
  settings: BudgetSettings
  capacity: DeviceCapacity
}

export async function checkTriangle(config: Config): Promise<Finding[]> {
  const rest = running(config)
  if (!rest) return [skip('golden triangle', 'skipped: no Ringside runs here to be looked at')]
  const before = await processes(rest)
  if (!before) return [skip('golden triangle', 'skipped: the Ringside of this data folder does not answer')]
  const earlier = inferProcesses(before)
  if (earlier.length === 0) return [skip('golden triangle', 'skipped: no infer process runs')]
  await sleep(WATCH_MS)
  const after = (await processes(rest)) ?? []
  const findings: Finding[] = []
  for (const infer of inferProcesses(after)) {
    const same = earlier.find(({ instance }) => instance === infer.instance)
    findings.push(...(await checkDevice(rest, config, same, infer, after)))
  }
  return findings
}

async function checkDevice(
  rest: Rest,
  config: Config,
  before: InferProcess | undefined,
  after: InferProcess,
  all: readonly ProcessReport[],
): Promise<Finding[]> {
  const { deviceId } = after.detail
  const [sample, { settings, capacity }] = await Promise.all([
    newestSample(rest, deviceId),
    rest.get<DeviceBudget>(`/gpus/${encodeURIComponent(deviceId)}/budget`),
  ])
  const memory = memoryFigures(sample, after, all)
  const gaps = gapFigures(before, after)
  const bandwidth = bandwidthFigures(after, capacity.pcieBytesPerSecond)
  const limits = {
    memoryFraction: settings.memoryFraction,
    fragmentation: config.memory.compactAtFragmentation,
  }
  const sides: Side[] = [
    memory ? judgeMemory(memory, limits) : within('memory', 'no sample of it yet'),
    gaps ? judgeGaps(gaps) : within('idle gaps', 'infer started anew while it was looked at'),
    bandwidth ? judgeBandwidth(bandwidth) : noBandwidth(),
  ]
  return judge(deviceId, sides, gaps?.busy ?? after.detail.busy)
}

/** null where nothing says that a Ringside runs. */
function running(config: Config): Rest | null {
  return orNull(() => createRest(resolveAddress({}, config)))
}

async function processes(rest: Rest): Promise<ProcessReport[] | null> {
  try {
    return (await rest.get<ProcessList>('/processes')).processes
  } catch (error) {
    if (isNotRunning(error)) return null
    throw error
  }
}

async function newestSample(rest: Rest, device: string): Promise<MemorySample | null> {
  const toMs = Date.now()
  const range = `from=${toMs - SAMPLE_AGE_MS}&to=${toMs}&everyMs=1000`
  const path = `/memory/timeline?device=${encodeURIComponent(device)}&${range}`
  return (await rest.get<{ samples: MemorySample[] }>(path)).samples.at(-1) ?? null
}

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (isNotRunning(error)) return null
    throw error
  }
}

function isNotRunning(error: unknown): boolean {
  return error instanceof RingsideError && error.code === 'not_running'
}
