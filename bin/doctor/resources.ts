/** What Ringside needs of this machine: a folder, a port, shared memory, a model. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Config } from '../../config/schema.js'
import { memoryLimitBytes } from '../../infer/host/memory.js'
import { gatherEvidence } from '../../infer/model/onnx/evidence.js'
import { parseModel, readModelBytes } from '../../infer/model/onnx/read-model.js'
import { type ModelPlaces, placesOf, resolveModel } from '../../infer/model/resolve.js'
import { readSidecar } from '../../infer/model/sidecar.js'
import { specOf } from '../../infer/model/spec.js'
import { makeFolder } from '../../shared/folder.js'
import { freeBytes } from '../../shared/native/libc.js'
import { layoutOf } from '../../shared/slab/layout.js'
import { mebibytes } from '../output/quantity.js'
import { claimPort } from '../supervisor/port.js'
import { readRunFile } from '../supervisor/run-file.js'
import { type Finding, fail, ok } from './check.js'

export function checkDataDir(dataDir: string): Finding {
  const probe = path.join(dataDir, `.doctor-${randomBytes(4).toString('hex')}`)
  try {
    makeFolder(dataDir, 0o700)
    fs.writeFileSync(probe, 'x')
    fs.rmSync(probe)
    return ok('data folder', dataDir)
  } catch (error) {
    return fail(
      'data folder',
      (error as Error).message,
      'Set RINGSIDE_DATA_DIR to a folder that this user may write.',
    )
  }
}

/** @throws RingsideError `port_in_use`, `invalid_config` */
export async function checkPort({ dataDir, server }: Pick<Config, 'dataDir' | 'server'>): Promise<Finding> {
  const running = readRunFile(dataDir)
  if (running) return ok('port', `Ringside runs at ${running.url} (process ${running.pid})`)
  await claimPort(server.host, server.port)
  return ok('port', server.port === 0 ? 'a free one is taken' : `${server.host}:${server.port} is free`)
}

/** @throws RingsideError where the model is not there, or is of no use. */
export async function checkModel(config: Config): Promise<Finding> {
  const { file, family, widthPx, heightPx } = await lookInto(config.model.name, placesOf(config))
  return ok('model', `${config.model.name}: ${family}, ${widthPx}×${heightPx}, ${file}`)
}

/** What loaded models may take together; what one takes is known once it was loaded. */
export function checkModelMemory({ model }: Pick<Config, 'model'>): Finding {
  return ok('model memory', `${mebibytes(memoryLimitBytes(model.memoryBytes))} for loaded models`)
}

/** The slab that infer will make: known from the model's input. A running Ringside has its slab already. */
export async function checkSharedMemory(config: Config): Promise<Finding> {
  const { dir, maxStreams, ringSlots } = config.slab
  const { widthPx, heightPx } = await lookInto(config.model.name, placesOf(config))
  const shape = { slotCount: maxStreams * ringSlots, rowCount: maxStreams, widthPx, heightPx }
  const needBytes = layoutOf(shape).totalBytes
  const free = freeBytes(dir)
  const found = `${mebibytes(needBytes)} needed for ${maxStreams} streams of the default model, ${mebibytes(free)} free in ${dir}`
  if (free >= needBytes || readRunFile(config.dataDir)) return ok('shared memory', found)
  return fail(
    'shared memory',
    found,
    'Enlarge it (sudo mount -o remount,size=1G /dev/shm; docker: see docker-compose.yml), or lower slab.maxStreams.',
  )
}

async function lookInto(name: string, places: ModelPlaces) {
  const { file } = await resolveModel(name, places)
  const sidecar = await readSidecar(file)
  const evidence = gatherEvidence(parseModel(await readModelBytes(file), file), file, sidecar)
  const { family, widthPx, heightPx } = specOf(evidence, file, sidecar)
  return { file, family: family.name, widthPx, heightPx }
}
