/** Refusals in words, with figures a person can use. Pure. */
import type { StreamDemand } from './budget.js'
import type { Refusal, Remedy } from './reservation.js'
import type { Resource } from './resources.js'

const words: Record<Resource, string> = {
  deviceBytes: 'memory of the GPU',
  hostBytes: 'memory of the host',
  ringSlots: 'ring slots',
  computePpm: 'time of the engine',
  decodePpm: 'time of the decoders',
  pcieBytesPerSecond: 'uploads over PCIe',
  streams: 'streams',
}

export function resourceName(resource: Resource): string {
  return words[resource]
}

/** `1.5 GiB`, `12.3 %`, `4`. */
export function amountText(resource: Resource, amount: number): string {
  if (resource === 'deviceBytes' || resource === 'hostBytes') return bytesText(amount)
  if (resource === 'pcieBytesPerSecond') return `${bytesText(amount)}/s`
  if (resource === 'computePpm' || resource === 'decodePpm') return `${round(amount / 10_000)} %`
  return String(amount)
}

export function refusalText(
  { id }: StreamDemand,
  { device, binding, asked, free, limit }: Omit<Refusal, 'remedies' | 'text'>,
  remedies: readonly Remedy[],
): string {
  const of = (amount: number): string => amountText(binding, amount)
  const facts = `${device} cannot carry ${id}: of ${resourceName(binding)} it takes ${of(asked)}, with ${of(free)} of ${of(limit)} free.`
  return remedies.length === 0
    ? facts
    : `${facts} It would fit with ${remedies.map(({ text }) => text).join('; or ')}.`
}

function bytesText(bytes: number): string {
  return bytes >= 2 ** 30 ? `${round(bytes / 2 ** 30)} GiB` : `${round(bytes / 2 ** 20)} MiB`
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
