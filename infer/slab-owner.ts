/** The slabs that this infer reads: one a model, found or made when the model loads, removed when it is unloaded. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { SlabInfo } from '../shared/slab/info.js'
import { layoutOf, type SlabShape } from '../shared/slab/layout.js'
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

type SlabModel = Pick<PreparedModel, 'name' | 'widthPx' | 'heightPx' | 'letterbox'>

/** What a file name and a Redis key may hold; what had to be replaced is told apart by a hash. */
export function slabId(device: string, model: string): string {
  const safe = model.replace(/[^A-Za-z0-9._@-]/g, '_').slice(0, 80)
  const suffix = safe === model ? '' : `-${hashOf(model).slice(0, 8)}`
  return `${device}-${safe}${suffix}`
}

/** `cuda-1` of `cuda-1-yolox-nano`; null where the id is of another make. */
export function deviceOfSlab(id: string): string | null {
  return /^((?:cpu|cuda)-\d+)-/.exec(id)?.[1] ?? null
}

/** @throws RingsideError `shm_too_small`. */
export function openSlab(
  device: string,
  model: SlabModel,
  isDefault: boolean,
  settings: SlabSettings,
): { slab: Slab; info: SlabInfo; created: boolean } {
  const id = slabId(device, model.name)
  const { slab, created } = Slab.open(fileOf(id, settings), shapeOf(model, settings))
  return { slab, info: infoOf(id, slab, model, isDefault, settings), created }
}

export function slabBytes(model: SlabModel, settings: SlabSettings): number {
  return layoutOf(shapeOf(model, settings)).totalBytes
}

/** Idempotent. Those who have it mapped keep their mapping. */
export function removeSlab(id: string, settings: SlabSettings): void {
  fs.rmSync(fileOf(id, settings), { force: true })
}

/** Slabs of this installation and device that an infer which was killed left behind, but for those that are wanted again. */
export function removeOtherSlabs(device: string, wanted: readonly string[], settings: SlabSettings): void {
  const kept = new Set(wanted.map(id => path.basename(fileOf(id, settings))))
  const prefix = `${prefixOf(settings)}${device}-`
  for (const name of fs.readdirSync(settings.dir)) {
    if (name.startsWith(prefix) && !kept.has(name)) fs.rmSync(path.join(settings.dir, name), { force: true })
  }
}

/** The devices that have slab files of this installation. */
export function slabDevices(settings: SlabSettings): string[] {
  const prefix = prefixOf(settings)
  const ids = fs
    .readdirSync(settings.dir)
    .filter(name => name.startsWith(prefix))
    .map(name => deviceOfSlab(name.slice(prefix.length)))
  return [...new Set(ids)].filter(device => device !== null)
}

function shapeOf({ widthPx, heightPx }: SlabModel, settings: SlabSettings): SlabShape {
  const { maxStreams, ringSlots } = settings
  return { slotCount: maxStreams * ringSlots, rowCount: maxStreams, widthPx, heightPx }
}

function fileOf(id: string, settings: SlabSettings): string {
  return path.join(settings.dir, `${prefixOf(settings)}${id}.slab`)
}

function prefixOf({ installation }: SlabSettings): string {
  return `ringside-${hashOf(installation).slice(0, 10)}-`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function infoOf(
  id: string,
  slab: Slab,
  model: SlabModel,
  isDefault: boolean,
  settings: SlabSettings,
): SlabInfo {
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
    isDefault,
    checksum: settings.checksum,
    announcedAtMs: Date.now(),
  }
}
