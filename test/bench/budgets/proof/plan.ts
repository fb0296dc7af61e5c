/** What the plan says of this device: printed beside what a capacity run measures. */
import type { PlanList } from '../../../../shared/api/views.js'
import type { ProofOptions } from './options.js'
import type { Town } from './town.js'

export interface Planned {
  list: PlanList
  text: string
}

export async function planOf(town: Town, { fps, decoder }: ProofOptions): Promise<Planned> {
  const asked = { fps, resolution: '1080p', ...(decoder !== 'auto' && { decoder }) }
  const list = await town.call<PlanList>('POST', '/plan', asked)
  return { list, text: JSON.stringify(list, null, 1) }
}
