/**
 * Our binding of NVML on a real GPU: one sample as JSON, what each call costs, agreement with `nvidia-smi`, and the effect of
 * memory and uploads that this program causes. `node dist/test/bench/gpu/nvml-probe.js [ordinal]`; exit code 1 where anything disagrees.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type CudaDevice, loadCudaDriver } from '../../../infer/engine/native/cuda.js'
import { loadNvml, type NvmlDevice, NvmlError } from '../../../infer/engine/native/nvml.js'
import { GpuSampler } from '../../../infer/telemetry/gpu-sampler.js'
import { type GpuIdentity, type Refusal, readings, sampleGpu } from '../../../infer/telemetry/sample.js'
import { sleep } from '../../../shared/clock.js'
import { messageOf } from '../../../shared/errors.js'
import { createLog } from '../../../shared/log.js'
import type { GpuReport } from '../../../shared/process/gpu-report.js'
import { agreement } from './agreement.js'
import { askNvidiaSmi, smiProcesses } from './nvidia-smi.js'
import { type Check, check, EXIT, end, judged, MIB, median, mib, tableOf, writeJson } from './outcome.js'

const ROUNDS = 20
const ALLOCATED_BYTES = 512 * MIB
/** Enough for the driver's 20 ms twice, and our own look at the clock, at any PCIe there is. */
const UPLOAD_MS = 400
const CHUNK_BYTES = 64 * MIB
const TIMED_CHUNKS = 16
const SAMPLED_MS = 4000
/** A sampler that stalled the event loop would stall it for the 20 ms of a PCIe call. */
const STALL_MS = 15

interface CallCost {
  call: string
  medianMs: number
  maxMs: number
  failed: string | null
}

void end(async () => {
  const ordinal = Number(process.argv[2] ?? 0)
  const cuda = openDevice(ordinal)
  if (!cuda) return EXIT.noGpu
  const nvml = loadNvml()
  try {
    const gpu = nvml.deviceOf(cuda.pciBusId)
    const identity = {
      name: gpu.name(),
      uuid: gpu.uuid(),
      pciBusId: gpu.pciBusId(),
      driver: nvml.driverVersion,
    }
    return await probe(cuda, gpu, identity)
  } finally {
    nvml.close()
    cuda.close()
  }
})

function openDevice(ordinal: number): CudaDevice | null {
  try {
    return loadCudaDriver().open(ordinal)
  } catch (error) {
    console.log(`no GPU ${ordinal}: ${messageOf(error)}`)
    return null
  }
}

async function probe(cuda: CudaDevice, gpu: NvmlDevice, identity: GpuIdentity): Promise<number> {
  const costs = Object.entries(readings).map(([call, take]) => costOf(call, () => take(gpu)))
  const before = sampleGpu(gpu, identity, process.pid, Date.now())
  const smi = askNvidiaSmi(identity.pciBusId)
  const after = sampleGpu(gpu, identity, process.pid, Date.now())
  const checks = [
    ...agreement(before.report, smi, after.report),
    processesAgree(after.report, identity.pciBusId),
    noTrouble(after.refusals),
    memoryIsSeen(cuda, gpu),
    ...uploadIsSeen(cuda, gpu),
    ...(await sampledBesideLoop(cuda.pciBusId)),
  ]
  console.log(JSON.stringify(after.report, null, 1))
  const row = ({ call, medianMs, maxMs, failed }: CallCost): string[] => [
    call,
    medianMs.toFixed(3),
    maxMs.toFixed(3),
    failed ?? '',
  ]
  console.log(tableOf(['call', 'median ms', 'max ms', 'failed'], costs.map(row)))
  writeJson('nvml-probe', { report: after.report, refusals: after.refusals, smi, costs, checks })
  return judged(checks)
}

function costOf(call: string, take: () => unknown): CallCost {
  const times: number[] = []
  let failed: string | null = null
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now()
    try {
      take()
    } catch (error) {
      if (!(error instanceof NvmlError)) throw error
      failed = error.message
    }
    times.push(performance.now() - startedMs)
  }
  return { call, medianMs: median(times), maxMs: Math.max(...times), failed }
}

/** In a container both may list pids of the host, or none at all; they must not differ. */
function processesAgree(report: GpuReport, pciBusId: string): Check {
  const ours = (report.processes ?? []).map(({ pid }) => pid).sort((a, b) => a - b)
  const said = [...new Set(smiProcesses(pciBusId))].sort((a, b) => a - b)
  const own = report.processBytes === null ? 'own pid not among them' : `own ${mib(report.processBytes)} MiB`
  return check('processes agree', String(ours) === String(said), `[${ours}] | nvidia-smi [${said}], ${own}`)
}

function noTrouble(refusals: readonly Refusal[]): Check {
  const trouble = refusals.filter(({ unsupported }) => !unsupported)
  const seen = refusals.map(({ reason }) => reason).join('; ') || 'every figure is told'
  return check('no call fails but those that this GPU does not have', trouble.length === 0, seen)
}

/** What is allocated must be missed by NVML: offsets that are wrong by a field would not move so. */
function memoryIsSeen(cuda: CudaDevice, gpu: NvmlDevice): Check {
  const before = gpu.memory()
  const buffer = cuda.allocate(ALLOCATED_BYTES)
  const during = gpu.memory()
  buffer.free()
  const usedMore = during.usedBytes - before.usedBytes
  const freeLess = before.freeBytes - during.freeBytes
  const near = (bytes: number): boolean => Math.abs(bytes - ALLOCATED_BYTES) <= 64 * MIB
  const seen = `${mib(ALLOCATED_BYTES)} MiB allocated: used +${mib(usedMore)}, free −${mib(freeLess)}`
  return check('memory that is taken is told', near(usedMore) && near(freeLess), seen)
}

/** Uploads run while NVML counts: the direction must be ours, the rate near what the clock says. */
function uploadIsSeen(cuda: CudaDevice, gpu: NvmlDevice): Check[] {
  const stream = cuda.createStream()
  const host = cuda.allocatePinned(CHUNK_BYTES)
  const device = cuda.allocate(CHUNK_BYTES)
  const upload = (chunks: number): void => {
    for (let i = 0; i < chunks; i++) stream.upload(device, 0, host, 0, CHUNK_BYTES)
  }
  try {
    return [uploadCheck(gpu, upload, () => stream.synchronize())]
  } catch (error) {
    if (!(error instanceof NvmlError && error.isUnsupported)) throw error
    return [] // this GPU has no such counter: `no call fails but…` names it
  } finally {
    stream.synchronize()
    stream.destroy()
    device.free()
    host.free()
  }
}

function uploadCheck(gpu: NvmlDevice, upload: (chunks: number) => void, wait: () => void): Check {
  upload(4)
  wait()
  const startedMs = performance.now()
  upload(TIMED_CHUNKS)
  wait()
  const tookMs = performance.now() - startedMs
  const bytesPerSecond = (TIMED_CHUNKS * CHUNK_BYTES * 1000) / tookMs
  upload(Math.ceil((UPLOAD_MS / tookMs) * TIMED_CHUNKS))
  const rx = gpu.pcieBytesPerSecond('receive')
  const tx = gpu.pcieBytesPerSecond('transmit')
  const share = rx / bytesPerSecond
  return check(
    'uploads are told, in their direction and at their rate',
    share > 0.7 && share < 1.4 && tx < 0.5 * rx,
    `uploads ${gb(bytesPerSecond)}; told: to the GPU ${gb(rx)} (${share.toFixed(3)} of it), from it ${gb(tx)}`,
  )
}

async function sampledBesideLoop(pciBusId: string): Promise<Check[]> {
  const lines: string[] = []
  const log = createLog({ level: 'debug', name: 'probe' }, { write: line => void lines.push(line) })
  const sampler = new GpuSampler({ gpu: { pciBusId } }, log)
  await sleep(1500) // the thread's own start is no part of it
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const first = sampler.report()
  delay.enable()
  await sleep(SAMPLED_MS)
  delay.disable()
  const last = sampler.report()
  await sampler.close()
  const periods = last && first ? last.atMs - first.atMs : 0
  return [
    check(
      'the service’s sampler reports each second',
      periods >= 2000,
      `${periods} ms between samples; log: ${lines.join('').trim()}`,
    ),
    check(
      'it stalls no event loop',
      delay.max / 1e6 < STALL_MS,
      `longest wait ${(delay.max / 1e6).toFixed(2)} ms, p99 ${(delay.percentile(99) / 1e6).toFixed(2)} ms`,
    ),
  ]
}

function gb(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e9).toFixed(2)} GB/s`
}
