/** What infer tells of models: records, hosted models, a catalogue. Material for tests that stand in for infer. */
import type { CatalogueEntry } from '../../shared/model/catalogue-entry.js'
import { splitModelName } from '../../shared/model/model-name.js'
import type { ModelRecord } from '../../shared/model/model-record.js'
import type { HostedModelReport } from '../../shared/process/report.js'
import { CLASSES, cpuEngine, MODEL } from './stage-reports.js'

export function modelRecord(name: string, change: Partial<ModelRecord> = {}): ModelRecord {
  return {
    name,
    origin: 'registry',
    family: 'yolox',
    precision: splitModelName(name)?.precision ?? 'fp32',
    widthPx: 416,
    heightPx: 416,
    classes: CLASSES,
    bytes: 3_659_407,
    digest: 'c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d',
    licence: 'Apache-2.0',
    problem: null,
    ...change,
  }
}

export function hostedModel(name: string, change: Partial<HostedModelReport> = {}): HostedModelReport {
  return {
    name,
    digest: null,
    state: 'loaded',
    reason: null,
    streams: 1,
    chargedBytes: 2 ** 26,
    estimatedBytes: 2 ** 27,
    measuredBytes: 2 ** 26,
    deviceMemory: null,
    inputWidthPx: 416,
    inputHeightPx: 416,
    classes: CLASSES,
    buckets: [1, 2, 4],
    batchWindowMs: 4,
    batches: 10,
    framesInferred: 30,
    fill: 0.75,
    tookBytes: 2 ** 25,
    bucketRuns: [{ bucket: 4, batches: 10 }],
    busyMs: 500,
    lastUsedAtMs: Date.now(),
    engine: cpuEngine,
    ...change,
  }
}

/** Its addresses lead nowhere: nothing is fetched by them. */
export function catalogueEntry(name: string, change: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    name,
    title: name.toUpperCase(),
    family: 'yolox',
    address: `https://models.invalid/${name}.onnx`,
    sha256: '0'.repeat(64),
    bytes: 20_219_662,
    licence: { spdx: 'Apache-2.0', source: 'https://models.invalid/licence' },
    inputWidthPx: 416,
    inputHeightPx: 416,
    publishedMap: { percent: 32.8, source: 'https://models.invalid/readme' },
    ...change,
  }
}

/** One that comes with Ringside, one of the registry in all precisions, and one that cannot be used. */
export const someModels: readonly ModelRecord[] = [
  modelRecord(MODEL, { origin: 'shipped', family: 'yolov8', licence: 'Apache-2.0' }),
  modelRecord(`${MODEL}@fp16`, { origin: 'shipped', family: 'yolov8' }),
  modelRecord('yolox-nano'),
  modelRecord('yolox-nano@fp16'),
  modelRecord('yolox-nano@int8'),
  modelRecord('torn', {
    origin: 'folder',
    family: null,
    widthPx: null,
    heightPx: null,
    classes: [],
    licence: null,
    problem: 'The file ends before its graph does.',
  }),
]
