/** What a pipeline has done so far: sums that only rise. Pure types. */
import type { GapReport } from '../../shared/process/report.js'

export interface BatchStats {
  batches: number
  framesInferred: number
  /** Sum of bucket sizes: framesInferred / bucketFrames is the fill. */
  bucketFrames: number
  /** Batches of each bucket that ran. */
  bucketRuns: { bucket: number; batches: number }[]
  /** Milliseconds in which any batch was under way: of two at once the time counts once. */
  busyMs: number
  /** What the engine waited for between batches. */
  gaps: GapReport
}
