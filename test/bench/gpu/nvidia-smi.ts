/** What `nvidia-smi` says of one GPU, in the units of our reports: the other witness. */
import { execFileSync } from 'node:child_process'
import type { GpuReport } from '../../../shared/process/gpu-report.js'

const MIB = 2 ** 20

/** Field of `--query-gpu` → figure, and bytes or watts of one unit of it. */
export const smiFields = {
  'memory.total': ['totalBytes', MIB],
  'memory.used': ['usedBytes', MIB],
  'memory.free': ['freeBytes', MIB],
  'memory.reserved': ['reservedBytes', MIB],
  'utilization.gpu': ['smBusy', 0.01],
  'utilization.memory': ['memoryBusy', 0.01],
  'utilization.decoder': ['decoderBusy', 0.01],
  'utilization.encoder': ['encoderBusy', 0.01],
  'power.draw': ['powerWatts', 1],
  'enforced.power.limit': ['powerLimitWatts', 1],
  'temperature.gpu': ['temperatureCelsius', 1],
  'clocks.sm': ['smClockMhz', 1],
  'clocks.mem': ['memoryClockMhz', 1],
  'clocks.video': ['videoClockMhz', 1],
} as const
export type SmiField = keyof typeof smiFields
export type SmiFigure = (typeof smiFields)[SmiField][0]

const nameFields = { name: 'name', uuid: 'uuid', 'pci.bus_id': 'pciBusId', driver_version: 'driver' } as const

export interface SmiReport {
  names: Pick<GpuReport, 'name' | 'uuid' | 'pciBusId' | 'driver'>
  /** null where it says that there is none; absent where this `nvidia-smi` does not know the field. */
  figures: Partial<Record<SmiFigure, number | null>>
}

/** @throws Error where there is no `nvidia-smi`, or it fails. */
export function askNvidiaSmi(pciBusId: string): SmiReport {
  let fields = [...Object.keys(nameFields), ...Object.keys(smiFields)]
  for (;;) {
    const { text, unknown } = query(pciBusId, fields)
    if (unknown === null) return parseSmi(fields, text)
    if (!fields.includes(unknown)) throw new Error(`nvidia-smi: ${text}`)
    fields = fields.filter(field => field !== unknown)
  }
}

/** @param text one line of CSV, without header and units. */
export function parseSmi(fields: readonly string[], text: string): SmiReport {
  const values = text
    .trim()
    .split(',')
    .map(value => value.trim())
  if (values.length !== fields.length)
    throw new Error(`nvidia-smi gave ${values.length} of ${fields.length} values: ${text}`)
  const of = new Map(fields.map((field, i) => [field, values[i] as string]))
  const names = Object.entries(nameFields).map(([field, key]) => [key, of.get(field) ?? ''])
  const figures = Object.entries(smiFields).flatMap(([field, [figure, unit]]) => {
    const value = of.get(field)
    return value === undefined ? [] : [[figure, numberOf(value, unit)]]
  })
  return { names: Object.fromEntries(names), figures: Object.fromEntries(figures) }
}

/** Pids with a CUDA context, as `nvidia-smi` lists them. */
export function smiProcesses(pciBusId: string): number[] {
  const text = run(['--query-compute-apps=pid', '--format=csv,noheader', `--id=${pciBusId}`])
  return text
    .split('\n')
    .map(line => Number.parseInt(line, 10))
    .filter(Number.isInteger)
}

/** `[N/A]`, `[Not Supported]`, `[Unknown Error]`: there is none. */
function numberOf(value: string, unit: number): number | null {
  return value.startsWith('[') || value === 'N/A' ? null : Number(value) * unit
}

function query(pciBusId: string, fields: readonly string[]): { text: string; unknown: string | null } {
  try {
    const list = `--query-gpu=${fields.join(',')}`
    return { text: run([list, '--format=csv,noheader,nounits', `--id=${pciBusId}`]), unknown: null }
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string }
    const unknown = /Field "([^"]+)" is not a valid field/.exec(stdout)?.[1]
    if (!unknown) throw error
    return { text: stdout, unknown }
  }
}

function run(args: readonly string[]): string {
  return execFileSync('nvidia-smi', args, { encoding: 'utf8', timeout: 30_000 })
}
