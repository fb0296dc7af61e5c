/** What `ringside model compare --json` printed, read as one table with a choice; null where it has another form. */
import { formatBytes, formatMs } from './format.js'
import { formatAccuracy, type ResultTable } from './result.js'

/** Of that output, what is shown. */
interface Comparison {
  variants: {
    name: string
    fileBytes: number
    peakBytes: number
    speed: { ratio: number; buckets: { bucket: number; runMs: number; framesPerSecond: number }[] }
    accuracy: { map50: number | null; map: number | null }
  }[]
  missing: { name: string; reason: string; remedy: string | null }[]
  choice: { name: string; reasons: string[] }
}

export interface ReadComparison {
  table: ResultTable
  /** The name to take on this machine. */
  chosen: string
  /** Why, and what could not be measured. */
  sentences: string[]
}

export function readComparison(result: unknown): ReadComparison | null {
  if (!isComparison(result)) return null
  const { variants, missing, choice } = result
  const buckets = variants[0]?.speed.buckets.map(({ bucket }) => bucket) ?? []
  const lacking = missing.map(({ name, reason, remedy }) =>
    [`${name}: ${reason}`, remedy].filter(Boolean).join(' '),
  )
  return {
    table: {
      title: 'Precisions compared',
      columns: ['Model', 'File', 'Memory', 'p50', ...buckets.map(batchWords), 'Ratio', 'mAP@50', 'mAP@50:95'],
      rows: variants.map(variant => rowOf(variant, buckets)),
    },
    chosen: choice.name,
    sentences: [...choice.reasons, ...lacking],
  }
}

function rowOf({ name, ...measured }: Comparison['variants'][number], buckets: readonly number[]): string[] {
  const { fileBytes, peakBytes, speed, accuracy } = measured
  return [
    name,
    formatBytes(fileBytes),
    formatBytes(peakBytes),
    formatMs(speed.buckets[0]?.runMs ?? null),
    ...buckets.map(wanted => {
      const at = speed.buckets.find(({ bucket }) => bucket === wanted)
      return at ? at.framesPerSecond.toFixed(1) : '–'
    }),
    `${speed.ratio.toFixed(2)} ×`,
    formatAccuracy(accuracy.map50),
    formatAccuracy(accuracy.map),
  ]
}

const batchWords = (bucket: number): string => `Frames/s, ${bucket} a batch`

/** A job's result outlives the release that printed it: its form is looked at before it is believed. */
function isComparison(result: unknown): result is Comparison {
  const { variants, missing, choice } = (result ?? {}) as Partial<Comparison>
  return (
    Array.isArray(variants) &&
    variants.every(
      ({ speed, accuracy }: Partial<Comparison['variants'][number]>) =>
        Array.isArray(speed?.buckets) && accuracy,
    ) &&
    Array.isArray(missing) &&
    Array.isArray(choice?.reasons)
  )
}
