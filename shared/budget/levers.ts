/** What an operator can do about the limit that binds: the one thing to change first. */
import type { Resource } from './resources.js'

const levers: Record<Resource, string> = {
  deviceBytes:
    'Take a smaller model or fewer models on this GPU, or promise more of its memory (budget.memoryFraction).',
  hostBytes: 'Add memory, take a smaller model, or promise more of it (budget.memoryFraction).',
  ringSlots: 'Raise slab.maxStreams, or give each stream fewer slots (slab.ringSlots).',
  computePpm:
    'Lower the frame rate, take a smaller model, allow more latency (larger batches), or add a GPU.',
  decodePpm: 'Lower what the cameras send (rate, resolution), decode with NVDEC, or add cores or a GPU.',
  pcieBytesPerSecond: 'Lower the frame rate, or take a model with a smaller input.',
  streams: 'Raise budget.maxStreams, or slab.maxStreams where that is less.',
}

export function leverOf(resource: Resource): string {
  return levers[resource]
}
