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
    const detector = await Detector.open(model, new EngineProcess(null, NICENESS), settings)
    if (detector.info.memory) loads.push(detector.info.memory)
    await detector.close()
  }
  return loads
}
