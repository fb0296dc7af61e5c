/** One measurement of throughput, of ours or of a rival. */
export interface Row {
  size: string
  who: string
  batch: number
  imagesPerSecond: number
  /** From giving a batch to its result in host memory. */
  p50Ms: number
  p99Ms?: number
  note?: string
}
