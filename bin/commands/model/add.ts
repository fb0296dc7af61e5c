/** `ringside model add`: a local file, into the registry. */
import fs from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { addModel } from '../../../infer/model/registry/add.js'
import { digestOf, modelChanged } from '../../../infer/model/registry/digest.js'
import { ModelStore } from '../../../infer/model/registry/store.js'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { printJson, printLine } from '../../output/print.js'
import { mebibytes } from '../../output/quantity.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'
import { modelAction } from './action.js'

interface Options {
  name?: string
  licence?: string
  sidecar?: string
  sha256?: string
  json?: boolean
}

export function addAdd(model: Command): void {
  withJson(model.command('add').argument('<file>', 'an .onnx file'))
    .description('copy a model file into the registry, after a look whether it can be used')
    .option('--name <name>', 'what to call it (default: the file’s name)')
    .option('--licence <spdx>', 'its licence, for the record')
    .option('--sidecar <file>', 'a model.yml for it (default: the one that lies beside it)')
    .option('--sha256 <hex>', 'refuse it where its digest is another')
    .addHelpText(
      'after',
      examples(
        'ringside model add yolov8n.onnx --licence AGPL-3.0',
        'ringside model add export/best.onnx --name gate --sidecar gate.model.yml',
      ),
    )
    .action(modelAction(add))
}

async function add(file: string, options: Options): Promise<void> {
  const store = new ModelStore(loadConfig().dataDir)
  const name = options.name ?? path.basename(file).replace(/\.onnx$/, '')
  if (options.sha256) await checkDigest(name, file, options.sha256)
  const { manifest } = await addModel(store, {
    about: {
      name,
      source: path.basename(file),
      licence: options.licence ?? null,
      publishedMapPercent: null,
      catalogue: null,
    },
    file,
    sidecar: readSidecarOf(file, options.sidecar),
    move: false,
  })
  if (options.json) printJson(manifest)
  else printLine(`${name}: added, ${mebibytes(manifest.bytes)}, SHA-256 ${manifest.sha256}`)
}

async function checkDigest(name: string, file: string, wanted: string): Promise<void> {
  const found = await digestOf(file)
  if (found !== wanted) throw modelChanged(name, file, wanted, found)
}

/** One that is named must be there; one that lies beside the file comes along. */
function readSidecarOf(file: string, named: string | undefined): string | null {
  const beside = file.replace(/(\.onnx)?$/, '.model.yml')
  if (named === undefined && !fs.existsSync(beside)) return null
  try {
    return fs.readFileSync(named ?? beside, 'utf8')
  } catch (cause) {
    throw new RingsideError('model_not_found', `The sidecar cannot be read: ${messageOf(cause)}.`, {
      key: '--sidecar',
      value: named ?? beside,
      remedy: 'Give the path of a model.yml.',
      cause,
    })
  }
}
