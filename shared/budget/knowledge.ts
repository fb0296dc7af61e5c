/** All that is known of a device when its streams are counted up: what cost, limits, admission and plan are pure functions of. */
import type { BudgetSettings, DeviceCapacity } from './budget.js'
import type { ModelProfile } from './profile.js'

export interface DeviceKnowledge {
  capacity: DeviceCapacity
  settings: BudgetSettings
  /** Model → what it was measured to take of this device. */
  profiles: ReadonlyMap<string, ModelProfile>
  /** Model → what its file lets one expect; looked into only where there is no profile. */
  estimates: ReadonlyMap<string, ModelEstimate>
  /** What a stream gets that names none. */
  defaultModel: string
}

/** A model that was never measured on the device: memory by formula; what a frame costs in time is not known. */
export interface ModelEstimate {
  model: string
  /** Of the GPU; 0 on a CPU. */
  deviceBytes: number
  /** Its slab, and on a CPU its engine. */
  hostBytes: number
  /** Of one slot's frame: what is uploaded for each. */
  frameBytes: number
}
