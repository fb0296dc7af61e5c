/**
 * `node dist/test/bench/accuracy/main.js --images DIR [--limit N] MODEL…`: what preparation costs in accuracy, a line a model
 * and way. Names and paths as `ringside model check` takes them. Makes the table of docs/models.md.
 */
import { parseArgs } from 'node:util'
import { loadConfig } from '../../../config/load.js'
import { placesOf, resolveModel } from '../../../infer/model/resolve.js'
import { type MeasuredAccuracy, measureAccuracy } from './measure.js'

const { values, positionals } = parseArgs({
  options: { images: { type: 'string' }, limit: { type: 'string' } },
  allowPositionals: true,
})
if (!values.images || positionals.length === 0) throw new Error('Give --images DIR and the names of models.')
const config = loadConfig()
console.log('| model | way | mAP@50 | mAP@50:95 | to the original on the same frames |')
console.log('| --- | --- | --- | --- | --- |')
for (const name of positionals) {
  const { file } = await resolveModel(name, placesOf(config))
  const options = { images: values.images, ...(values.limit && { limit: Number(values.limit) }) }
  const measured = await measureAccuracy(name, file, options, config)
  for (const line of measured.map(each => lineOf(name, each, measured[1]!))) console.log(line)
}

function lineOf(name: string, { way, accuracy }: MeasuredAccuracy, reference: MeasuredAccuracy): string {
  const points = (share: number | null): string =>
    ((share ?? Number.NaN) * 100).toFixed(2).replace(/^-0\.00$/, '0.00')
  const difference = points((accuracy.map ?? Number.NaN) - (reference.accuracy.map ?? Number.NaN))
  return `| ${name} | ${way} | ${points(accuracy.map50)} | ${points(accuracy.map)} | ${difference} |`
}
