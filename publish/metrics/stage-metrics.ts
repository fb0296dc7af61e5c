/** Figures of the streams and the stages as Prometheus text. A scrape is a pure function of one snapshot, so that what is gone leaves no stale series. */
import { Registry } from 'prom-client'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { dropReasons } from '../../shared/frame/balance.js'
import type { AllocationReport } from '../../shared/memory/allocation.js'
import type { MemorySample } from '../../shared/memory/timeline.js'
import { hostedModelStates, type ProcessReport, stages } from '../../shared/process/report.js'
import { streamStates } from '../../shared/stream/stream.js'
import { inferProcesses } from '../api/served-models.js'
import { streamView } from '../api/stream-view.js'
import type { Snapshot } from '../snapshot.js'
import { addPredictions } from './budget-metrics.js'
import { counter, gauge } from './family.js'
import { addEngines, addGpus } from './gpu-metrics.js'
import { addAllocations, addCompactions, addGaps, addMemory } from './memory-metrics.js'

/** What a scrape is made of. */
export interface Figures extends Snapshot {
  profiles: readonly ModelProfile[]
  /** The newest of each device. */
  memory: readonly MemorySample[]
  allocations: readonly AllocationReport[]
}

export async function stageMetrics(snapshot: Figures): Promise<string> {
  const registry = new Registry()
  addStreams(registry, snapshot)
  addProcesses(registry, snapshot.processes)
  addInfer(registry, snapshot.processes)
  addGpus(registry, snapshot.processes)
  addEngines(registry, snapshot.processes)
  addPredictions(registry, snapshot.processes, snapshot.profiles)
  addDecoders(registry, snapshot.processes)
  addMemory(registry, snapshot.memory)
  addAllocations(registry, snapshot.allocations)
  addCompactions(registry, snapshot.processes)
  addGaps(registry, snapshot.processes)
  return registry.metrics()
}

function addStreams(registry: Registry, snapshot: Snapshot): void {
  const received = counter(
    registry,
    'ringside_frames_received_total',
    'Frames that came from the camera.',
    'stream',
  )
  const inferred = counter(registry, 'ringside_frames_inferred_total', 'Frames with a result.', 'stream')
  const dropped = counter(
    registry,
    'ringside_frames_dropped_total',
    'Frames without one.',
    'stream',
    'reason',
  )
  const inFlight = gauge(registry, 'ringside_frames_in_flight', 'Frames between camera and result.', 'stream')
  const residual = gauge(
    registry,
    'ringside_frames_residual',
    'Frames that the accounting misses; 0.',
    'stream',
  )
  const state = gauge(
    registry,
    'ringside_stream_state',
    '1 for the state the stream is in.',
    'stream',
    'state',
  )
  const fps = gauge(registry, 'ringside_stream_fps', 'Frames per second at a stage.', 'stream', 'stage')
  const lag = gauge(registry, 'ringside_stream_lag_seconds', 'Captured to serialised.', 'stream', 'quantile')
  const objects = gauge(registry, 'ringside_stream_objects', 'Objects in the newest result.', 'stream')
  const restarts = counter(
    registry,
    'ringside_decoder_restarts_total',
    'Decoder starts, less the first.',
    'stream',
  )
  const errors = counter(registry, 'ringside_decode_errors_total', 'Corruption warnings.', 'stream')
  for (const { desired, actual } of snapshot.streams) {
    const view = streamView(desired, actual, snapshot)
    const stream = view.id
    received.add({ stream }, view.frames.received)
    inferred.add({ stream }, view.frames.inferred)
    for (const reason of dropReasons) dropped.add({ stream, reason }, view.frames.drops[reason])
    inFlight.add({ stream }, view.frames.inFlight)
    residual.add({ stream }, view.frames.residual)
    for (const each of streamStates) state.add({ stream, state: each }, Number(each === view.state))
    fps.add({ stream, stage: 'ingest' }, view.receivedFps)
    fps.add({ stream, stage: 'infer' }, view.inferredFps)
    if (view.lagP50Ms !== null) lag.add({ stream, quantile: '0.5' }, view.lagP50Ms / 1000)
    if (view.lagP99Ms !== null) lag.add({ stream, quantile: '0.99' }, view.lagP99Ms / 1000)
    objects.add({ stream }, view.detectionsLast)
    restarts.add({ stream }, view.restarts)
    errors.add({ stream }, view.decodeErrors)
  }
}

function addProcesses(registry: Registry, processes: readonly ProcessReport[]): void {
  const up = gauge(registry, 'ringside_process_up', 'Processes of the stage that report.', 'stage')
  const labels = ['stage', 'process']
  const ready = gauge(registry, 'ringside_process_ready', '1 where it can do its work.', ...labels)
  const resident = gauge(registry, 'ringside_process_resident_bytes', 'Resident memory.', ...labels)
  const heap = gauge(registry, 'ringside_process_heap_bytes', 'JavaScript heap in use.', ...labels)
  const cpu = counter(
    registry,
    'ringside_process_cpu_seconds_total',
    'CPU time, children excluded.',
    ...labels,
  )
  const started = gauge(registry, 'ringside_process_start_time_seconds', 'Unix time of its start.', ...labels)
  const loop = gauge(
    registry,
    'ringside_process_event_loop_ratio',
    'Share of time it ran something.',
    ...labels,
  )
  const lag = gauge(
    registry,
    'ringside_process_event_loop_lag_seconds',
    'Wait for the event loop over the last second.',
    ...labels,
    'quantile',
  )
  const gc = gauge(registry, 'ringside_process_gc_ratio', 'Share of time garbage was collected.', ...labels)
  for (const stage of stages) up.add({ stage }, processes.filter(report => report.stage === stage).length)
  for (const report of processes) {
    const own = { stage: report.stage, process: report.instance }
    ready.add(own, Number(report.ready))
    resident.add(own, report.residentBytes)
    heap.add(own, report.heapUsedBytes)
    cpu.add(own, report.cpuSeconds)
    started.add(own, report.startedAtMs / 1000)
    loop.add(own, report.loop.utilisation)
    lag.add({ ...own, quantile: '0.99' }, report.loop.lagP99Ms / 1000)
    lag.add({ ...own, quantile: '1' }, report.loop.lagMaxMs / 1000)
    gc.add(own, report.loop.gcShare)
  }
}

function addInfer(registry: Registry, processes: readonly ProcessReport[]): void {
  const labels = ['device', 'process']
  const lost = counter(
    registry,
    'ringside_infer_messages_lost_total',
    'Results Redis did not take.',
    ...labels,
  )
  const busy = gauge(registry, 'ringside_infer_busy_ratio', 'Share of time an engine ran.', ...labels)
  const slab = gauge(registry, 'ringside_slab_bytes', 'Size of all slabs.', ...labels)
  const free = gauge(registry, 'ringside_shm_free_bytes', 'Free shared memory.', ...labels)
  const limit = gauge(registry, 'ringside_model_memory_limit_bytes', 'What models may take.', ...labels)
  for (const { detail, instance } of inferProcesses(processes)) {
    const own = { device: detail.deviceId, process: instance }
    lost.add(own, detail.messagesLost)
    busy.add(own, detail.busy)
    slab.add(own, detail.slabBytes)
    free.add(own, detail.shmFreeBytes)
    limit.add(own, detail.memoryLimitBytes)
  }
  addModels(registry, processes)
}

function addModels(registry: Registry, processes: readonly ProcessReport[]): void {
  const labels = ['device', 'model', 'process']
  const batches = counter(registry, 'ringside_infer_batches_total', 'Batches run.', ...labels)
  const frames = counter(registry, 'ringside_infer_frames_total', 'Frames in them.', ...labels)
  const fill = gauge(
    registry,
    'ringside_infer_batch_fill_ratio',
    'Mean frames in a batch / bucket.',
    ...labels,
  )
  const streams = gauge(registry, 'ringside_model_streams', 'Enabled streams that use it.', ...labels)
  const charged = gauge(registry, 'ringside_model_charged_bytes', 'Memory it is charged.', ...labels)
  const state = gauge(registry, 'ringside_model_state', '1 for the state it is in.', ...labels, 'state')
  for (const { detail, instance } of inferProcesses(processes)) {
    for (const model of detail.models) {
      const own = { device: detail.deviceId, model: model.name, process: instance }
      batches.add(own, model.batches)
      frames.add(own, model.framesInferred)
      fill.add(own, model.fill)
      streams.add(own, model.streams)
      charged.add(own, model.chargedBytes)
      for (const each of hostedModelStates) state.add({ ...own, state: each }, Number(each === model.state))
    }
  }
}

function addDecoders(registry: Registry, processes: readonly ProcessReport[]): void {
  const running = gauge(registry, 'ringside_decoders', 'Decoders that run.', 'process')
  const resident = gauge(registry, 'ringside_decoder_resident_bytes', 'Their resident memory.', 'process')
  const cpu = gauge(registry, 'ringside_decoder_cpu_seconds', 'CPU time of those that run now.', 'process')
  for (const { detail, instance } of processes) {
    if (detail.stage !== 'ingest') continue
    running.add({ process: instance }, detail.decoders)
    resident.add({ process: instance }, detail.decoderResidentBytes)
    cpu.add({ process: instance }, detail.decoderCpuSeconds)
  }
}
