/** The rule of leaks: the owners that grow while nothing else changed, put into one alert for each device and one for the host. Pure. */
import { type Growth, leakRules } from './leak.js'
import { growthMeaning, growthRemedy, type OwnerId, ownerName } from './owner.js'
import { shownBytes, shownMs } from './quantity.js'
import type { Reading } from './rules.js'

export interface GrowingOwner {
  id: OwnerId
  growth: Growth
}

const HOUR_MS = 3_600_000
const MAX_OWNERS = 8

/**
 * @param device null is the host.
 * @param owners those whose growth is certain.
 * @param msLeft until the memory of the device, or of the host, ends at this rate.
 * @param isSure whether owners were watched for long enough to say that none grows.
 */
export function readLeak(
  device: string | null,
  owners: readonly GrowingOwner[],
  msLeft: number,
  isSure: boolean,
): Reading {
  const sorted = [...owners].sort((a, b) => b.growth.slope - a.growth.slope)
  const first = sorted[0]
  const perHour = sorted.reduce((sum, { growth }) => sum + growth.slope * HOUR_MS, 0)
  return {
    kind: 'leak',
    device,
    value: first ? Math.round(perHour) : null,
    threshold: leakRules.minGrowthBytes,
    isOver: first !== undefined,
    isClear: first === undefined && isSure,
    meaning: first ? meaningOf(sorted, perHour, msLeft) : 'No owner grows.',
    remedy: first ? growthRemedy(first.id) : '',
    owners: sorted
      .slice(0, MAX_OWNERS)
      .map(({ id, growth }) => ({ owner: ownerName(id), bytes: Math.round(growth.slope * growth.spanMs) })),
  }
}

function meaningOf(owners: readonly GrowingOwner[], perHour: number, msLeft: number): string {
  const [{ id, growth }] = owners as readonly [GrowingOwner]
  const others = owners.length > 1 ? `, and ${owners.length - 1} more with it` : ''
  const left = Number.isFinite(msLeft) ? `; at this rate the memory ends in ${shownMs(msLeft)}` : ''
  return `The ${ownerName(id)} has grown by ${shownBytes(growth.slope * growth.spanMs)} in ${shownMs(growth.spanMs)}, with no stream or model added${others}: ${growthMeaning(id)} (${shownBytes(perHour)} an hour in all${left}).`
}
