/** The devices that infer runs on, with the models that they host and, where they have a GPU, the series that its figures draw. */
import type { DeviceView } from '../../../shared/api/views.js'
import type { GpuReport } from '../../../shared/process/gpu-report.js'
import { ringside } from '../api/ringside.js'
import { History } from './history.js'
import { createPoll } from './poll.js'

const POLL_MS = 2000
/** Five minutes. */
const SAMPLES = 150
/** Figures that are drawn over time. */
const drawn = ['usedBytes', 'smBusy', 'decoderBusy', 'powerWatts', 'temperatureCelsius'] as const

export type GpuHistory = Record<(typeof drawn)[number], History>

export const devices = createPoll<DeviceView[]>(async () => {
  const { gpus } = await ringside.devices()
  remember(gpus)
  return gpus
}, POLL_MS)

const histories = new Map<string, GpuHistory>()

export function gpuHistory(deviceId: string): GpuHistory | null {
  return histories.get(deviceId) ?? null
}

function remember(list: readonly DeviceView[]): void {
  for (const { id, gpu } of list) if (gpu) addReport(id, gpu)
  const present = new Set(list.flatMap(({ id, gpu }) => (gpu ? [id] : [])))
  for (const id of histories.keys()) if (!present.has(id)) histories.delete(id)
}

function addReport(id: string, gpu: GpuReport): void {
  const history = histories.get(id) ?? emptyHistory()
  histories.set(id, history)
  for (const figure of drawn) {
    const value = gpu[figure]
    if (value !== null) history[figure].add({ atMs: gpu.atMs, value })
  }
}

function emptyHistory(): GpuHistory {
  return Object.fromEntries(drawn.map(figure => [figure, new History(SAMPLES)])) as GpuHistory
}
