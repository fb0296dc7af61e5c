/** Measures one model by itself: loaded, timed and let go. Nothing of a Ringside that runs is used or seen. */
import fs from 'node:fs/promises'
import type { ModelProfile } from '../../shared/budget/profile.js'
import { version } from '../../shared/process/version.js'
import type { EngineDevice } from '../engine/device.js'
import { Detector, type DetectorSettings } from '../evaluate/detector.js'
import type { PreparedModel } from '../model/prepared-model.js'
import { buildProfile } from './build.js'
import { loadRounds } from './memory-rounds.js'
import { profiledDevice, subjectOf } from './subject.js'
import { timeBuckets } from './timing.js'

/** Loads of a model on a CPU; on a GPU one tells: its driver counts to the byte, and a load takes half a minute. */
const CPU_ROUNDS = 3

export interface MeasureRequest {
  model: PreparedModel
  device: EngineDevice
  settings: DetectorSettings
  /** Of the slab that the service would make. */
  slab: { layoutBytes: number; slots: number }
  signal?: AbortSignal
  /** Called as each step begins. */
  onStep?(step: 'loading' | 'timing'): void
}

/** @throws RingsideError `engine_failed`, `shm_too_small`, `gpu_lost`. */
export async function measureModel(request: MeasureRequest): Promise<ModelProfile> {
  const { model, device, settings, slab, signal, onStep } = request
  const onGpu = device.facts.kind === 'gpu'
  onStep?.('loading')
  const apart = onGpu ? [] : await loadRounds(model, settings, CPU_ROUNDS, signal)
  const engine = device.createEngine()
  const detector = await Detector.open(model, engine, settings)
  try {
    onStep?.('timing')
    const { info } = detector
    const own = info.memory ? [info.memory] : []
    const known = new Map(own.flatMap(({ buckets }) => buckets.map(({ bucket, runMs }) => [bucket, runMs])))
    const slots = Math.max(...settings.buckets)
    const times = await timeBuckets({ engine, known, slots, onGpu, ...(signal && { signal }) })
    const profiled = profiledDevice(device.facts, settings.threads)
    const subject = await subjectOf(model, profiled, settings.buckets)
    return buildProfile({
      subject: { ...subject, device: profiled },
      model,
      fileBytes: (await fs.stat(model.file)).size,
      info,
      rounds: onGpu ? own : apart,
      times,
      slab: { ...slab, allocatedBytes: null },
      measuredAtMs: Date.now(),
      version,
    })
  } finally {
    await detector.close()
  }
}
