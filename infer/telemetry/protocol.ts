/** What the sampling thread and its host say to one another. */
import type { GpuReport } from '../../shared/process/gpu-report.js'
import type { Refusal } from './sample.js'

/** Which GPU: CUDA's numbers and NVML's need not agree, a PCI bus id does. */
export type GpuAddress = { pciBusId: string } | { index: number }

export interface SamplerData {
  gpu: GpuAddress
  periodMs: number
  /** The file of the library, for the loader of the system to find. */
  library: string
}

export type SamplerMessage =
  | { kind: 'sample'; report: GpuReport; refusals: Refusal[] }
  /** There is no library, no driver or no such GPU: the thread has ended, and there will be no sample. */
  | { kind: 'absent'; reason: string }
  /** A sample failed; the next may not. */
  | { kind: 'failed'; reason: string }

/** Host → thread: give NVML back and end. */
export interface SamplerRequest {
  kind: 'close'
}
