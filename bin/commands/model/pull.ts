/** `ringside model pull`: a model of the catalogue, or of an address with its digest. */
import { type Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../../../config/load.js'
import { entryOf, loadCatalogue } from '../../../infer/model/registry/catalogue.js'
import { type Pulled, type PullRequest, pullModel, requestOf } from '../../../infer/model/registry/pull.js'
import { checkAddress } from '../../../infer/model/registry/request.js'
import { placesOf } from '../../../infer/model/resolve.js'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import type { CatalogueEntry } from '../../../shared/model/catalogue-entry.js'
import { ExitCode } from '../../exit-codes.js'
import { printJson, printLine, printNote } from '../../output/print.js'
import { createProgress } from '../../output/progress.js'
import { mebibytes } from '../../output/quantity.js'
import { table } from '../../output/table.js'
import { withJson } from '../connect.js'
import { examples } from '../help.js'
import { endingSignal, modelAction } from './action.js'

/** A server that sends nothing for this long is taken for dead. */
const IDLE_TIMEOUT_MS = 30_000

interface Options {
  sha256?: string
  name?: string
  licence?: string
  json?: boolean
}

export function addPull(model: Command): void {
  withJson(model.command('pull').argument('[model]', 'a name of the catalogue, or an https:// address'))
    .description('fetch a model of the catalogue into the registry; without a name: show the catalogue')
    .option(
      '--sha256 <hex>',
      'digest that the file must have: of an address, or of an entry that states none',
      sha256,
    )
    .option('--name <name>', 'what to call it (default: its name in the catalogue, or its file’s)')
    .option('--licence <spdx>', 'licence of the file of an address, for the record')
    .addHelpText(
      'after',
      examples(
        'ringside model pull',
        'ringside model pull yolox-nano',
        'ringside model pull https://models.example/gate.onnx --sha256 2c26b46b…  # 64 hex digits',
      ) +
        '\n\nA download that broke or was stopped (Ctrl-C) goes on where it ended. A file of the right digest in' +
        '\nRINGSIDE_MODELS_DIR is taken instead of a download. Node 20 uses no proxy; Node 24 does with NODE_USE_ENV_PROXY=1.',
    )
    .action(modelAction(pull))
}

async function pull(wanted: string | undefined, options: Options): Promise<void> {
  const config = loadConfig()
  const catalogue = (): CatalogueEntry[] => loadCatalogue(config.model.catalogue)
  if (wanted === undefined) return showCatalogue(catalogue(), options.json ?? false)
  const request = wanted.includes('://')
    ? fromAddress(wanted, options)
    : requestOf(entryOf(wanted, catalogue()), options.sha256)
  const name = options.name ?? request.name
  const progress = createProgress(options.json ?? false)
  const signal = endingSignal()
  try {
    const pulled = await pullModel({ ...request, name }, placesOf(config), {
      onProgress: (done, total) =>
        progress.report({ step: `downloading ${name}`, done, total, unit: 'bytes' }),
      signal,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
    })
    progress.end()
    tell(pulled, options.json ?? false)
  } catch (error) {
    progress.end()
    if (!signal.aborted) throw error
    printNote('ringside: stopped; what is here stays for a day: the same command goes on from there.')
    process.exitCode = ExitCode.FAILURE
  }
}

function fromAddress(address: string, { sha256, name, licence }: Options): PullRequest {
  if (!sha256)
    throw new RingsideError('invalid_request', 'An address comes with the digest that its file must have.', {
      key: '--sha256',
      remedy: 'Give --sha256, as the file’s publisher states it, or as `sha256sum` shows it.',
    })
  const file = checkAddress(address).pathname.split('/').at(-1) ?? ''
  return {
    name: name ?? decode(file).replace(/\.onnx$/, ''),
    address,
    sha256,
    bytes: null,
    licence: licence ?? null,
    publishedMapPercent: null,
    sidecar: null,
    catalogue: null,
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new RingsideError(
      'invalid_request',
      `The address has a wrong percent-encoding: ${messageOf(cause)}.`,
      {
        key: 'address',
        cause,
      },
    )
  }
}

function tell({ manifest, from }: Pulled, json: boolean): void {
  if (json) {
    printJson({ ...manifest, from })
    return
  }
  const where = { registry: 'was there already', folder: 'taken from model.modelsDir', network: 'downloaded' }
  printLine(`${manifest.name}: ${where[from]}, ${mebibytes(manifest.bytes)}, SHA-256 ${manifest.sha256}`)
  printNote(
    `Use it: \`ringside stream add gate rtsp://… --model ${manifest.name}\`, or RINGSIDE_MODEL=${manifest.name}`,
  )
}

function showCatalogue(catalogue: readonly CatalogueEntry[], json: boolean): void {
  if (json) {
    printJson({ models: catalogue })
    return
  }
  const rows = catalogue.map(entry => [
    entry.name,
    entry.title,
    `${entry.inputWidthPx}×${entry.inputHeightPx}`,
    entry.bytes === null ? '–' : mebibytes(entry.bytes),
    entry.publishedMap ? entry.publishedMap.percent.toFixed(1) : '–',
    entry.licence.spdx,
    entry.sha256 === null ? 'to be given' : 'known',
  ])
  printLine(table(['NAME', 'MODEL', 'INPUT', 'SIZE', 'MAP', 'LICENCE', 'DIGEST'], rows))
  printNote('MAP: COCO val2017 mAP@50:95 in percent, as its project publishes it.')
}

function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('Give the 64 hex digits of a SHA-256.')
}
