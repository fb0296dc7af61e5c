/** Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere, JSON lines for programs. stdout stays for the result. */
import type { ModelJobProgress } from '../../shared/model/model-job.js'
import { mebibytes } from './quantity.js'

const BAR_CELLS = 28
/** A log does not need more; a program that shows it does. */
const LINE_PERIOD_MS = 5000
const JSON_PERIOD_MS = 250

export interface Progress {
  report(progress: ModelJobProgress): void
  /** Ends the line of the bar. */
  end(): void
}

export function createProgress(json: boolean, output: NodeJS.WriteStream = process.stderr): Progress {
  if (json) return everySoOften(JSON_PERIOD_MS, progress => output.write(`${JSON.stringify({ progress })}\n`))
  if (!output.isTTY)
    return everySoOften(LINE_PERIOD_MS, progress => output.write(`${describeProgress(progress)}\n`))
  let shown = false
  return {
    report(progress): void {
      shown = true
      output.write(`\r${barOf(progress)}${describeProgress(progress)}\x1b[K`)
    },
    end(): void {
      if (shown) output.write('\n')
      shown = false
    },
  }
}

export function describeProgress({ step, done, total, unit }: ModelJobProgress): string {
  const quantity = (value: number): string => (unit === 'bytes' ? mebibytes(value) : String(value))
  const of = total === null ? quantity(done) : `${quantity(done)} of ${quantity(total)}`
  return `${step}: ${of}${unit === 'bytes' ? '' : ` ${unit}`}`
}

function barOf({ done, total }: ModelJobProgress): string {
  if (!total) return ''
  const filled = Math.round(BAR_CELLS * Math.min(1, done / total))
  return `[${'█'.repeat(filled)}${' '.repeat(BAR_CELLS - filled)}] `
}

/** The first and the last of a step are always told. */
function everySoOften(periodMs: number, tell: (progress: ModelJobProgress) => void): Progress {
  let toldMs = 0
  let step = ''
  return {
    report(progress): void {
      const isNews = progress.step !== step || progress.done === progress.total
      if (!isNews && Date.now() - toldMs < periodMs) return
      toldMs = Date.now()
      step = progress.step
      tell(progress)
    },
    end: () => undefined,
  }
}
