/** Labelled frames and models as they travel to a host that has no pictures and no FFmpeg: what `pack-data.js` writes. */
import fs from 'node:fs'
import path from 'node:path'
import type { Truth } from '../../../infer/model/accuracy/judged.js'
import { prepareModel } from '../../../infer/model/prepare.js'
import type { Precision, PreparedModel } from '../../../infer/model/prepared-model.js'

export const MAX_CANDIDATES = 300

export interface PackedPicture {
  sourceWidthPx: number
  sourceHeightPx: number
  truths: Truth[]
}

export interface PackedModel {
  name: string
  /** Of the model as it came; a sidecar lies beside it where there is one. */
  source: string
  /** File of I420 frames of the model's size, one after the other. */
  frames: string
  pictures: PackedPicture[]
}

export function readPacked(folder: string): PackedModel[] {
  return JSON.parse(fs.readFileSync(path.join(folder, 'packed.json'), 'utf8')) as PackedModel[]
}

/** Halves are for the GPU; what is exact is judged on the CPU. */
export function deviceFor(precision: Precision): 'cpu' | 'gpu' {
  return precision === 'fp16' ? 'gpu' : 'cpu'
}

/** Comes from the cache that was packed with it. */
export function prepareIn(
  folder: string,
  { name, source }: Pick<PackedModel, 'name' | 'source'>,
  precision: 'fp32' | 'fp16',
): Promise<PreparedModel> {
  return prepareModel({
    name: `${name}@${precision}`,
    file: path.join(folder, source),
    precision,
    device: deviceFor(precision),
    cacheDir: path.join(folder, 'prepared'),
    maxCandidates: MAX_CANDIDATES,
  })
}
