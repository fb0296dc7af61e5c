/** What a model takes on a CPU: loaded several times, each in a process where nothing else happens, of low priority. */

import type { LoadMemory } from '../engine/load-memory.js'
import { Detector, type DetectorSettings } from '../evaluate/detector.js'
import { EngineProcess } from '../evaluate/engine-process.js'
import type { PreparedModel } from '../model/prepared-model.js'

/** What the system lets run first: frames. */
const NICENESS = 10

/** @throws RingsideError `engine_failed`, `shm_too_small`; the signal's reason where it was aborted. */
export async function loadRounds(
  model: PreparedModel,
  settings: DetectorSettings,
  rounds: number,
  signal?: AbortSignal,
): Promise<LoadMemory[]> {
  const loads: LoadMemory[] = []
  while (loads.length < rounds) {
    signal?.throwIfAborted()
    loads.push(await oneLoad(model, settings, signal))
  }
  return loads
}

/** Aborted, its process is killed, and the load ends with an error. */
async function oneLoad(
  model: PreparedModel,
  settings: DetectorSettings,
  signal?: AbortSignal,
): Promise<LoadMemory> {
  const engine = new EngineProcess(null, NICENESS)
  const kill = (): void => void engine.close()
  signal?.addEventListener('abort', kill, { once: true })
  try {
    const detector = await Detector.open(model, engine, settings)
    await detector.close()
    return detector.info.memory as LoadMemory // the engine of a CPU always tells
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}
