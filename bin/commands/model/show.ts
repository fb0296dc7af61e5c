/** `ringside model show`: all that is known of one model, on this disk. */
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { type PreparedEntry, preparedEntries } from '../../../infer/model/cache.js'
import { type ListedModel, listModels } from '../../../infer/model/list.js'
import type { Manifest } from '../../../infer/model/registry/manifest.js'
import { calibrationFile } from '../../../infer/model/registry/records.js'
import { ModelStore } from '../../../infer/model/registry/store.js'
import { placesOf, resolveModel } from '../../../infer/model/resolve.js'
import { readSidecar, type Sidecar } from '../../../infer/model/sidecar.js'
import { splitModelName } from '../../../shared/model/model-name.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes, since } from '../../output/quantity.js'
import { fields } from '../../output/table.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

interface Shown extends ListedModel {
  manifest: Manifest | null
  sidecar: Sidecar
  prepared: PreparedEntry[]
  /** Path, where it was calibrated. */
  calibration: string | null
}

export function addShow(model: Command): void {
  withJson(model.command('show').argument('<model>', 'a name that `ringside model ls` shows'))
    .description('show one model: origin, digest, licence, facts, what is prepared of it')
    .addHelpText(
      'after',
      examples('ringside model show ringside-nano', 'ringside model show yolox-nano --json'),
    )
    .action(modelAction(show))
}

async function show(wanted: string, options: { json?: boolean }): Promise<void> {
  const config = loadConfig()
  const places = placesOf(config)
  const name = splitModelName(wanted)?.base ?? wanted
  // Finds the nearest name where there is none, and refuses a file that is not the one that was added.
  await resolveModel(name, places)
  const listed = (await listModels(places)).find(model => model.name === name)!
  const digest = listed.digest ?? ''
  const calibration = calibrationFile(places, digest)
  const shown: Shown = {
    ...listed,
    manifest:
      listed.origin === 'registry'
        ? ((await new ModelStore(config.dataDir).find(name))?.manifest ?? null)
        : null,
    sidecar: await readSidecar(listed.path),
    prepared: await preparedEntries(path.join(config.dataDir, 'prepared'), digest),
    calibration: (await isThere(calibration)) ? calibration : null,
  }
  if (options.json) printJson(shown)
  else printLine(describe(shown))
}

async function isThere(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false, // not readable for us is as good as not there
  )
}

function describe(model: Shown): string {
  const { manifest, sidecar, widthPx, heightPx, classes } = model
  const overrides = Object.keys(sidecar)
  return fields([
    ['model', model.name],
    ['from', fromText(model)],
    ['file', model.path],
    ['bytes', model.bytes === null ? '–' : `${model.bytes} (${mebibytes(model.bytes)})`],
    ['sha256', model.digest ?? '–'],
    ['licence', model.licence ?? 'not known'],
    [
      'published',
      manifest?.publishedMapPercent ? `mAP ${manifest.publishedMapPercent} (COCO val2017, @50:95)` : '–',
    ],
    ['family', model.family ?? '–'],
    ['input', widthPx && heightPx ? `${widthPx}×${heightPx}` : '–'],
    [
      'classes',
      classes.length > 0
        ? `${classes.length}: ${classes.slice(0, 10).join(', ')}${classes.length > 10 ? ', …' : ''}`
        : '–',
    ],
    ['sidecar', overrides.length > 0 ? `says ${overrides.join(', ')}` : 'none'],
    ['prepared', model.prepared.map(preparedText).join('\n') || 'nothing yet'],
    ['calibration', model.calibration ?? 'none: int8 takes `ringside model quantize`'],
    ['usable', model.problem === null ? 'yes' : `no: ${model.problem}`],
  ])
}

function fromText({ origin, manifest }: Shown): string {
  if (!manifest) return origin === 'shipped' ? 'comes with Ringside' : 'model.modelsDir'
  return `the registry, ${since(manifest.addedAtMs)} ago, of ${manifest.source}`
}

function preparedText({ precision, bytes, file }: PreparedEntry): string {
  return `${precision} ${mebibytes(bytes)} ${file}`
}
