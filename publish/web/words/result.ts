/**
 * What a job printed, as facts and tables for people. It is read by its form alone: units stand in the names of its
 * fields, and a release may print more than this one knows.
 */
import { formatBytes, formatCount, formatMs } from './format.js'

export type Fact = readonly [name: string, value: string]

export interface ResultTable {
  title: string
  columns: string[]
  rows: string[][]
}

export interface ReadResult {
  facts: Fact[]
  tables: ResultTable[]
}

type Fields = Record<string, unknown>

/** Lists of objects become tables; numbers, words and what lies in nested objects become facts. */
export function readResult(result: unknown): ReadResult {
  if (!isFields(result)) return { facts: [], tables: [] }
  const tables = Object.entries(result).flatMap(([key, value]) =>
    isRows(value) && value.length > 0 ? [tableOf(key, value)] : [],
  )
  const facts = flatten(result).map(([key, value]): Fact => [nameOf(key), formatOf(key, value)])
  return { facts, tables }
}

function tableOf(title: string, rows: readonly Fields[]): ResultTable {
  const flat = rows.map(row => new Map(flatten(row)))
  const keys = [...new Set(flat.flatMap(row => [...row.keys()]))]
  return {
    title: nameOf(title),
    columns: keys.map(nameOf),
    rows: flat.map(row => keys.map(key => formatOf(key, row.get(key)))),
  }
}

/** Leaves by the path that leads to them; an empty list and a list of objects have none. */
function flatten(fields: Fields, above = ''): [path: string, value: unknown][] {
  return Object.entries(fields).flatMap(([key, value]): [string, unknown][] => {
    const path = above === '' ? key : `${above} ${key}`
    if (isFields(value)) return flatten(value, path)
    if (Array.isArray(value)) return value.length > 0 && !isRows(value) ? [[path, value.join(', ')]] : []
    return [[path, value]]
  })
}

const accuracyWords: Record<string, string> = {
  map: 'mAP@50:95',
  map50: 'mAP@50',
  map75: 'mAP@75',
  mapSmall: 'mAP, small',
  mapMedium: 'mAP, medium',
  mapLarge: 'mAP, large',
}
const unit = /(Bytes|Ms|Px|Fps)$/

/** `peakMemoryBytes` → "Peak memory"; the unit comes with the value. */
function nameOf(path: string): string {
  const words = path.split(' ').map(key => accuracyWords[key] ?? plainWords(key))
  const text = words.filter(Boolean).join(', ')
  return text.startsWith('mAP') ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

function plainWords(key: string): string {
  return key
    .replace(unit, '')
    .replace(/([a-z0-9])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`)
}

function formatOf(path: string, value: unknown): string {
  const key = path.split(' ').at(-1) ?? path
  if (value === null || value === undefined || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value !== 'number') return String(value)
  if (key in accuracyWords) return formatAccuracy(value)
  if (/bytes$/i.test(key)) return formatBytes(value)
  if (/Ms$/.test(key)) return formatMs(value)
  if (/Px$/.test(key)) return `${formatCount(value)} px`
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(2)
}

/** A share, as papers print it: points of 100. */
export function formatAccuracy(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRows(value: unknown): value is Fields[] {
  return Array.isArray(value) && value.length > 0 && value.every(isFields)
}
