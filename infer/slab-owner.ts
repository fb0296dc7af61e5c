/** The slab that this infer reads: found or made at start, announced to ingest, removed at an orderly end. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { SlabInfo } from '../shared/slab/info.js'
import { Slab } from '../shared/slab/slab.js'
import type { PreparedModel } from './model/prepared-model.js'

export interface SlabSettings {
  dir: string
  maxStreams: number
  ringSlots: number
  checksum: boolean
  /** Tells the slabs of several installations on one host apart. */
  installation: string
}

/** @throws RingsideError `shm_too_small`. */
export function openSlab(
  device: string,
  model: PreparedModel,
  settings: SlabSettings,
): { slab: Slab; info: SlabInfo } {
  const id = `${device}-${model.widthPx}x${model.heightPx}`
  const prefix = `ringside-${createHash('sha256').update(settings.installation).digest('hex').slice(0, 10)}-`
  const file = path.join(settings.dir, `${prefix}${id}.slab`)
  removeOthers(settings.dir, prefix, path.basename(file))
  const { slab } = Slab.open(file, {
    slotCount: settings.maxStreams * settings.ringSlots,
    rowCount: settings.maxStreams,
    widthPx: model.widthPx,
    heightPx: model.heightPx,
  })
  return { slab, info: infoOf(id, slab, model, settings) }
}

/** Slabs of an earlier model of this installation: nobody writes them once this one is announced. */
function removeOthers(dir: string, prefix: string, own: string): void {
  for (const name of fs.readdirSync(dir)) {
    if (name.startsWith(prefix) && name !== own) fs.rmSync(path.join(dir, name), { force: true })
  }
}

function infoOf(id: string, slab: Slab, model: PreparedModel, settings: SlabSettings): SlabInfo {
  const { slotCount, rowCount, frameBytes, widthPx, heightPx } = slab.layout
  return {
    id,
    path: slab.path,
    epoch: slab.epoch,
    slotCount,
    rowCount,
    frameBytes,
    widthPx,
    heightPx,
    letterbox: model.letterbox,
    model: model.name,
    checksum: settings.checksum,
    announcedAtMs: Date.now(),
  }
}
