/** Reservations, limits and records of streams for tests of the ledger: small numbers, so that they collide. */
import type { Reservation } from '../../shared/budget/reservation.js'
import { type Amounts, type Limits, noAmounts } from '../../shared/budget/resources.js'
import type { DesiredStream } from '../../shared/stream/stream.js'

export const DEVICE = 'cpu-0'
export const noLimits: Limits = {
  deviceBytes: null,
  hostBytes: null,
  ringSlots: null,
  computePpm: null,
  decodePpm: null,
  pcieBytesPerSecond: null,
  streams: null,
}

export function reservation(holder: string, change: Partial<Reservation> = {}): Reservation {
  return {
    v: 1,
    holder,
    device: DEVICE,
    model: null,
    own: noAmounts,
    shared: noAmounts,
    basis: 'measured',
    priority: 5,
    atMs: 1,
    expiresAtMs: null,
    ...change,
  }
}

export function amounts(some: Partial<Amounts>): Amounts {
  return { ...noAmounts, ...some }
}

export function streamRecord(
  id: string,
  change: Partial<DesiredStream> = {},
): Omit<DesiredStream, 'ring'> & Partial<Pick<DesiredStream, 'ring'>> {
  return {
    id,
    sealedUrl: 'sealed',
    shownUrl: 'rtsp://camera/1',
    model: null,
    fps: null,
    priority: 5,
    enabled: true,
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
    ...change,
  }
}
