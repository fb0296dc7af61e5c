/** One phase of `profile-error` in a process of its own, so that nothing is set up there that it does not pay for: profiles a model, or loads some as the service does. Prints JSON. */
import os from 'node:os'
import { readMemory } from '../../../infer/engine/onnxruntime/memory-meter.js'
import { ModelLoader } from '../../../infer/host/loader.js'
import { measureModel } from '../../../infer/profile/measure.js'
import { slabBytes } from '../../../infer/slab-owner.js'
import { candidateBuckets, chooseThreads } from '../../../infer/tune.js'
import { Turn } from '../../../infer/turn.js'
import { sleep } from '../../../shared/clock.js'
import { createLog } from '../../../shared/log.js'
import { type Here, type HereRequest, openHere } from './here.js'
import type { Loaded, PhaseRequest } from './phases.js'

const PASSES = 3
const SWEEP_MS = 100

const { request, phase, models } = JSON.parse(process.argv[2] ?? '') as PhaseRequest
const here = openHere(request satisfies HereRequest)
const loader = new ModelLoader(
  here.config,
  here.device,
  new Turn(here.device.facts.places),
  createLog({ level: 'silent', name: 'bench' }),
)

const result = phase === 'profile' ? await profile(here, models[0] as string) : await load(here, models)
process.stdout.write(JSON.stringify(result))
process.exit(0)

async function profile({ config, device }: Here, name: string) {
  const model = await loader.prepare(name)
  return measureModel({
    model,
    device,
    settings: {
      slabDir: config.slab.dir,
      buckets: candidateBuckets(config.infer.buckets, model.batch, device.facts.kind),
      threads: chooseThreads(config.infer.threads, os.availableParallelism()),
    },
    slab: {
      layoutBytes: slabBytes(model, loader.slabs),
      slots: config.slab.maxStreams * config.slab.ringSlots,
    },
  })
}

async function load({ device }: Here, names: readonly string[]): Promise<Loaded[]> {
  const prepared = []
  for (const name of names) prepared.push(await loader.prepare(name))
  const loads: Loaded[] = []
  for (const model of prepared) {
    const before = await settledBytes()
    const { loaded } = await loader.load(model, false)
    const { deviceBytes, runMs, memory } = loaded.engineInfo
    const grownBytes = readMemory().anonymousBytes - before // at once: V8 gives back heap of its own later
    loads.push({
      model: model.name,
      bytes: device.facts.kind === 'gpu' ? deviceBytes : grownBytes,
      buckets: [...runMs.keys()],
      contextBytes: memory?.contextBytes ?? null,
      processBytes: memory?.buckets.at(-1)?.processBytes ?? null,
    })
    loader.removeSlab(model.name) // mapped as long as the process lives
  }
  return loads
}

/** Without what the preparation left behind, which would be freed while the model loads and count as less taken; V8 frees buffers in the background. */
async function settledBytes(): Promise<number> {
  for (let pass = 0; pass < PASSES; pass++) {
    globalThis.gc?.()
    await sleep(SWEEP_MS)
  }
  return readMemory().anonymousBytes
}
