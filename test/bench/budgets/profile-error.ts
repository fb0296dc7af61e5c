/**
 * `node dist/test/bench/budgets/profile-error.js`: how well a profile predicts memory. Profiles models, then loads each, and all of
 * them together, as the service does, every time in a fresh process. Ends with 1 where a prediction is off by more than 10 %.
 *
 *   --models v8n,v8s (names in the folder)   --folder FOLDER (YOLOv8n and s with random weights are made there where it has none)
 *   --engine auto | cuda | onnxruntime   --limit 10 (percent)   settings as variables: RINGSIDE_INFER_BUCKETS='[1,8,32]'
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { EngineAsked } from '../../../infer/engine/choose-engine.js'
import { check, end, judged, mib, tableOf, writeJson } from '../gpu/outcome.js'
import { yolov8Files } from '../gpu/yolov8-files.js'
import { openHere } from './here.js'
import { loadApart, profileApart } from './phases.js'
import { type Comparison, compareAll, compareOne } from './predict.js'

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'v8n,v8s' },
    folder: { type: 'string', default: path.join(os.tmpdir(), 'ringside-yolov8') },
    engine: { type: 'string', default: 'auto' },
    limit: { type: 'string', default: '10' },
  },
})
const names = values.models.split(',')
const request = { engine: values.engine as EngineAsked['engine'], folder: path.resolve(values.folder) }
const limit = Number(values.limit) / 100

await end(async () => {
  for (const size of ['n', 's'] as const) {
    const isWanted =
      names.includes(`v8${size}`) && !fs.existsSync(path.join(request.folder, `v8${size}.onnx`))
    if (isWanted) await yolov8Files(request.folder, size)
  }
  const { device, reason } = openHere(request)
  const { facts } = device
  await device.close()
  console.log(`${facts.id}: ${facts.name}; ${reason}`)
  const profiles = names.map(name => profileApart(request, name))
  const singly = names.map(name => loadApart(request, [name])[0]!)
  const together = names.length > 1 ? loadApart(request, names) : []
  const comparisons = [
    ...profiles.map((profile, i) => compareOne(profile, singly[i]!)),
    ...(together.length > 0 ? [compareAll(profiles, together)] : []),
  ]
  writeJson('profile-error', { facts, profiles, singly, together, comparisons })
  console.log(
    tableOf(
      ['model', 'bucket', 'loaded, MiB', 'peak, MiB', 'fit off by, MiB', 'p50 ms', 'first run, ms'],
      profiles.flatMap(({ model, buckets, fit }) =>
        buckets.map(({ bucket, afterLoadBytes, peakBytes, p50Ms, firstRunMs }, i) => {
          const off = mib(fit.residualBytes[i]?.bytes ?? Number.NaN)
          return [
            model,
            bucket,
            mib(afterLoadBytes),
            mib(peakBytes),
            off,
            p50Ms.toFixed(2),
            firstRunMs.toFixed(0),
          ]
        }),
      ),
    ),
  )
  console.log(
    tableOf(
      ['model', 'part', 'formula', 'expected, MiB', 'measured, MiB', 'error, %'],
      profiles.flatMap(({ model, table }) =>
        table.map(({ part, formula, predictedBytes, measuredBytes, error }) => {
          const measured = measuredBytes === null ? '' : mib(measuredBytes)
          return [model, part, formula, mib(predictedBytes), measured, error === null ? '' : percent(error)]
        }),
      ),
    ),
  )
  console.log(tableOf(['loaded', 'predicted, MiB', 'measured, MiB', 'error, %'], comparisons.map(rowOf)))
  return judged(
    comparisons.map(({ what, error }) =>
      check(`${what} is predicted within ${values.limit} %`, Math.abs(error) <= limit, `${percent(error)} %`),
    ),
  )
})

function rowOf({ what, predictedBytes, measuredBytes, error }: Comparison): string[] {
  return [what, mib(predictedBytes), mib(measuredBytes), percent(error)]
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}
