/** The profile of a model as people read it: what was measured of each bucket, the fit, and the budget table. */
import type { ModelProfile } from '../../shared/budget/profile.js'
import { mebibytes, since } from '../output/quantity.js'
import { fields, table } from '../output/table.js'

export function profileReport(profile: ModelProfile): string {
  return [factsOf(profile), bucketTable(profile), fitText(profile), budgetTable(profile)].join('\n\n')
}

function factsOf(profile: ModelProfile): string {
  const { device, precision, provider, slots, slabBytes, measuredAtMs, version, rounds } = profile
  const driver = device.driver === null ? '' : `, driver ${device.driver}`
  const threads = device.threads === null ? '' : `, ${device.threads} threads`
  return fields([
    ['model', `${profile.model}, ${precision}, ${profile.inputWidthPx}×${profile.inputHeightPx}`],
    ['prepared', `sha256 ${profile.digest.slice(0, 16)}…`],
    ['device', `${device.id}: ${device.name}${driver}${threads}, ${mebibytes(device.totalBytes)}`],
    ['runs on', provider],
    ['slab', `${mebibytes(slabBytes)} of host memory, ${slots} slots`],
    ['upload', uploadText(profile)],
    ['measured', `${since(measuredAtMs)} ago, ${rounds ?? 1} loads, by Ringside ${version}`],
  ])
}

function uploadText({ uploadBytesPerSecond, device }: ModelProfile): string {
  if (uploadBytesPerSecond !== null) return `${(uploadBytesPerSecond / 1e9).toFixed(1)} GB/s`
  return device.kind === 'cpu' ? 'none: the CPU reads the slab' : 'could not be told'
}

function bucketTable({ buckets, refusedBuckets, fit }: ModelProfile): string {
  const header = [
    'BUCKET',
    'LOADED',
    'PEAK',
    'RESIDENT',
    'ARENA',
    'PROCESS',
    'P50',
    'P99',
    'A FRAME',
    'FIRST RUN',
  ]
  const rows = buckets.map(each => [
    String(each.bucket),
    mebibytes(each.afterLoadBytes),
    mebibytes(each.peakBytes),
    mebibytes(each.residentBytes),
    each.arena ? `${mebibytes(each.arena.inUseBytes)} of ${mebibytes(each.arena.reservedBytes)}` : '–',
    each.processBytes === null ? '–' : mebibytes(each.processBytes),
    `${each.p50Ms.toFixed(2)} ms`,
    `${each.p99Ms.toFixed(2)} ms`,
    `${fit.msPerFrame.find(({ bucket }) => bucket === each.bucket)?.ms.toFixed(2) ?? '–'} ms`,
    `${each.firstRunMs.toFixed(0)} ms`,
  ])
  const refused = refusedBuckets.map(({ bucket, reason }) => `${bucket}: ${reason}`)
  return [table(header, rows), ...refused].join('\n')
}

function fitText({ fit, once }: ModelProfile): string {
  const residuals = fit.residualBytes.map(({ bucket, bytes }) => `${bucket}: ${signed(bytes)}`).join(', ')
  const known = (bytes: number | null): string => (bytes === null ? 'not known' : mebibytes(bytes))
  return [
    `bytes = ${mebibytes(fit.fixedBytes)} + ${mebibytes(fit.bytesPerBucket)} a bucket + ${mebibytes(fit.bytesPerItem)} a frame of it`,
    `  measured less fitted: ${residuals}`,
    ...(once
      ? [`  once a process: context ${known(once.contextBytes)}, libraries ${known(once.libraryBytes)}`]
      : []),
  ].join('\n')
}

function budgetTable({ table: lines }: ModelProfile): string {
  const header = ['PART', 'FORMULA', 'EXPECTED', 'MEASURED', 'ERROR']
  const rows = lines.map(({ part, formula, predictedBytes, measuredBytes, error }) => [
    part,
    formula,
    mebibytes(predictedBytes),
    measuredBytes === null ? '–' : mebibytes(measuredBytes),
    error === null ? '–' : percent(Math.round(error * 100)),
  ])
  return table(header, rows)
}

function percent(value: number): string {
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value)} %`
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${mebibytes(Math.abs(bytes))}`
}
