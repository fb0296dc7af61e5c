/** What a device shares out, and amounts of it, in words. */
import { type Amounts, type Limits, type Resource, resources } from '../../../shared/budget/resources.js'
import { formatByteRate, formatBytes, formatCount, formatShare } from './format.js'

interface ResourceWords {
  name: string
  meaning: string
  format: (amount: number) => string
}

const ppm = (amount: number): string => formatShare(amount / 1_000_000)

export const resourceWords: Record<Resource, ResourceWords> = {
  deviceBytes: {
    name: 'Device memory',
    meaning: 'Memory of the GPU: models and what they work with',
    format: formatBytes,
  },
  hostBytes: {
    name: 'Host memory',
    meaning: 'Memory of the host: processes, decoders, slabs; on a CPU the models too',
    format: formatBytes,
  },
  ringSlots: {
    name: 'Ring slots',
    meaning: 'Slots of the slab, which belong to streams',
    format: formatCount,
  },
  computePpm: { name: 'Compute', meaning: 'Share of the engine’s time', format: ppm },
  decodePpm: { name: 'Decode', meaning: 'Share of what the decoders can do', format: ppm },
  pcieBytesPerSecond: { name: 'PCIe', meaning: 'Pixels from the host to the device', format: formatByteRate },
  streams: { name: 'Streams', meaning: 'Streams on the device', format: formatCount },
}

export function formatAmount(resource: Resource, amount: number): string {
  return resourceWords[resource].format(amount)
}

export interface Utilisation {
  resource: Resource
  used: number
  /** null: no limit, or not known. */
  limit: number | null
  /** Never below 0; null without a limit. */
  free: number | null
  /** used / limit, above 1 where more is promised than there is; null without a limit. */
  share: number | null
}

/** Every resource that the device has: of the others nothing is used, and there is no limit. */
export function utilisationOf(used: Amounts, limits: Limits): Utilisation[] {
  return resources
    .map(resource => utilisation(resource, used[resource], limits[resource]))
    .filter(each => each.limit !== null || each.used > 0)
}

function utilisation(resource: Resource, used: number, limit: number | null): Utilisation {
  const full = used > 0 ? Number.POSITIVE_INFINITY : 0
  return {
    resource,
    used,
    limit,
    free: limit === null ? null : Math.max(0, limit - used),
    share: limit === null ? null : limit === 0 ? full : used / limit,
  }
}

/** The one that is fullest: what refuses first, as far as shares tell. null where nothing is used. */
export function bindingOf(list: readonly Utilisation[]): Resource | null {
  const fullest = list.reduce<Utilisation | null>(
    (most, each) => ((each.share ?? 0) > (most?.share ?? 0) ? each : most),
    null,
  )
  return fullest?.resource ?? null
}
