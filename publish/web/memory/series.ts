/** Samples of the timeline as the columns that a chart draws. Pure. */
import { fragmentationOf, type MemorySample } from '../../../shared/memory/timeline.js'

export interface Series {
  label: string
  /** Name of the CSS variable of its colour. */
  colour: string
  dashed?: boolean
  of: (sample: MemorySample) => number | null
}

/** What Ringside holds, in bytes. */
export const ownSeries: readonly Series[] = [
  { label: 'In use', colour: '--part-3', of: sample => sample.inUseBytes },
  { label: 'Reserved', colour: '--part-0', of: sample => sample.reservedBytes },
  { label: 'Peak', colour: '--part-1', dashed: true, of: sample => sample.peakBytes },
  { label: 'Process', colour: '--part-2', of: sample => sample.processBytes },
]

/** What everybody holds, in bytes. */
export const deviceSeries: readonly Series[] = [
  { label: 'Device', colour: '--part-0', of: sample => sample.deviceUsedBytes },
  { label: 'Device, all', colour: '--part-5', dashed: true, of: sample => sample.deviceTotalBytes },
  { label: 'Host', colour: '--part-2', of: sample => sample.hostUsedBytes },
  { label: 'Shared memory', colour: '--part-3', of: sample => sample.shmUsedBytes },
]

/** Shares, 0 … 1. */
export const shareSeries: readonly Series[] = [
  { label: 'Fragmentation', colour: '--part-4', of: fragmentationOf },
  {
    label: 'Rings occupied',
    colour: '--part-3',
    of: ({ ringSlots, ringSlotsUsed }) => (ringSlots > 0 ? ringSlotsUsed / ringSlots : null),
  },
]

/** Those that any sample tells: a CPU has no figures of a GPU. */
export function toldSeries(all: readonly Series[], samples: readonly MemorySample[]): Series[] {
  return all.filter(({ of }) => samples.some(sample => of(sample) !== null))
}

export type Columns = [atSeconds: number[], ...values: (number | null)[][]]

/**
 * Where samples are missing for longer than `gapMs` the lines are broken, so that nobody reads a straight one as steadiness.
 * @returns times in seconds since the Unix epoch, then a column for each series.
 */
export function columnsOf(
  samples: readonly MemorySample[],
  series: readonly Series[],
  gapMs: number,
): Columns {
  const columns: Columns = [[], ...series.map((): (number | null)[] => [])]
  const [times, ...values] = columns
  let before: number | null = null
  for (const sample of samples) {
    if (before !== null && sample.atMs - before > gapMs) {
      times.push((before + gapMs / 2) / 1000)
      for (const column of values) column.push(null)
    }
    times.push(sample.atMs / 1000)
    for (const [i, { of }] of series.entries()) values[i]!.push(of(sample))
    before = sample.atMs
  }
  return columns
}
