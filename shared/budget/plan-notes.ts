/** What a reader of a plan must know before relying on it: what nobody measured, and what no limit is known of. Pure. */
import type { DeviceKnowledge } from './knowledge.js'
import { limitsOf } from './limits.js'
import type { WorkingPoint } from './working-point.js'

export function planNotes(model: string, working: WorkingPoint | null, knowledge: DeviceKnowledge): string[] {
  const { capacity, settings, profiles } = knowledge
  const limits = limitsOf(knowledge)
  const notes: string[] = []
  if (!profiles.has(model))
    notes.push(
      `${model} was never measured on ${capacity.id}: its memory is an estimate, and the time of a frame is not known and counted as none. \`ringside model profile ${model}\` measures it.`,
    )
  if (working && !working.meetsTarget)
    notes.push(
      `No bucket of ${model} meets ${settings.latencyTargetMs} ms at full load; bucket ${working.bucket} comes nearest with ${Math.round(working.latencyMs)} ms.`,
    )
  if (limits.decodePpm === null)
    notes.push(
      'What the decoders of this device can do is not known, and limits nothing here; budget.decodePixelsPerSecond says it.',
    )
  if (capacity.kind === 'gpu' && capacity.scalePixelsPerSecond === null)
    notes.push('What scaling takes of this GPU where NVDEC decodes was not measured, and counts as nothing.')
  if (capacity.kind === 'gpu' && limits.pcieBytesPerSecond === null)
    notes.push('What PCIe carries was not measured, and limits nothing here.')
  return notes
}
