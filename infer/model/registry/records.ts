/** Every model that streams may name, with its precisions: what infer tells publish, and `ringside model ls` prints. Cheap where no file has changed. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { joinModelName, type Precision } from '../../../shared/model/model-name.js'
import type { ModelRecord } from '../../../shared/model/model-record.js'
import { type ListedModel, listModels } from '../list.js'
import type { ModelPlaces } from '../resolve.js'

/** @throws RingsideError `invalid_config` where `modelsDir` cannot be read. */
export async function modelRecords(places: ModelPlaces): Promise<ModelRecord[]> {
  const [listed, calibrated] = await Promise.all([listModels(places), calibrations(places)])
  return listed.flatMap(model => {
    const hasInt8 = model.digest !== null && calibrated.has(model.digest)
    const precisions: Precision[] = hasInt8 ? ['fp32', 'fp16', 'int8'] : ['fp32', 'fp16']
    return precisions.map(precision => recordOf(model, precision))
  })
}

/** Where a calibration of a source file lies: with one, its model may be named `@int8`. */
export function calibrationFile({ dataDir }: Pick<ModelPlaces, 'dataDir'>, digest: string): string {
  return path.join(dataDir, 'calibrations', `${digest}.json`)
}

function recordOf({ path: _, ...model }: ListedModel, precision: Precision): ModelRecord {
  return { ...model, name: joinModelName(model.name, precision), precision }
}

/** Digests of the source files that have one. */
async function calibrations(places: ModelPlaces): Promise<Set<string>> {
  const folder = path.dirname(calibrationFile(places, ''))
  const files = await fs.readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return new Set(files.filter(file => file.endsWith('.json')).map(file => file.slice(0, -'.json'.length)))
}
