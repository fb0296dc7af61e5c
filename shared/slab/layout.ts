/**
 * Where everything lies in a slab file. No code outside `shared/slab` knows an offset.
 *
 *   0        header page   magic │ version │ slots │ rows │ frame bytes │ width │ height │ epoch
 *   4096     rows          one a stream: its id and its frame counters          rowCount  × 512 B
 *            slot headers  state word │ owner │ row │ seq │ stamps …            slotCount × 128 B
 *   (page)   pixels        I420 frames, each on a page boundary                 slotCount × stride
 *
 * A row has a side for each of the two processes that count: no word of a side is written by the other.
 *
 *   0                    128                                320                               512
 *   │ id │ incarn. │ term │ ingest: intent │ counts │ after │ infer: intent │ counts │ after │
 *
 * A state word holds generation and state together, so that one compare-and-swap checks both:
 *
 *   31                                             2 1     0
 *   │ generation, +1 at each acquire                │ state │
 */

import { COUNTERS } from './counters.js'

export const MAGIC = 0x52_4e_47_53 // "RNGS"
export const VERSION = 2
export const PAGE_BYTES = 4096
export const SLOT_HEADER_BYTES = 128
export const STREAM_ID_BYTES = 64

export const SlotState = { FREE: 0, WRITING: 1, READY: 2, LEASED: 3 } as const
export type SlotState = (typeof SlotState)[keyof typeof SlotState]

const GENERATION_MASK = 0x3fff_ffff

export function stateWord(generation: number, state: SlotState): number {
  return (generation << 2) | state | 0
}
export function stateOf(word: number): SlotState {
  return (word & 3) as SlotState
}
export function generationOf(word: number): number {
  return word >>> 2
}
export function nextGeneration(word: number): number {
  return (generationOf(word) + 1) & GENERATION_MASK
}

/** Int32 indexes in the file header. */
export const HeaderWord = {
  MAGIC: 0,
  VERSION: 1,
  SLOTS: 2,
  ROWS: 3,
  FRAME_BYTES: 4,
  WIDTH: 5,
  HEIGHT: 6,
} as const
/** Float64 index in the file header. */
export const HEADER_EPOCH_DOUBLE = 4

/** Int32 indexes in a slot header. */
export const SlotWord = {
  STATE: 0,
  OWNER_PID: 1,
  ROW: 2,
  SEQ: 3,
  CHECKSUM: 4,
  SOURCE_WIDTH: 5,
  SOURCE_HEIGHT: 6,
} as const
/** Float64 indexes in a slot header; `_MONO` stamps are `monotonicMs()`, the others wall time. */
export const SlotDouble = {
  SESSION_EPOCH: 4,
  FIRST_BYTE_MONO: 5,
  COMMITTED_MONO: 6,
  CAPTURED_WALL: 7,
  LEASED_MONO: 8,
} as const

/** Float64 index in a row: which registration of the stream the counters belong to. */
export const ROW_INCARNATION_DOUBLE = STREAM_ID_BYTES / 8
/** Int32 index in a row: rises by 2 each time the row is given to a registration; odd meanwhile. */
export const ROW_TERM = 18

/** Int32 indexes in a side of a row; those before TERM are the intent (see tally.ts). */
export const SideWord = { PENDING: 0, SLOT: 1, STATE: 2, CHANGED: 3, TERM: 4 } as const
const SIDE_HEADER_BYTES = 32
/** Float64 indexes in a side of a row: the counters, and what a pending intent will make of them. Exact up to 2⁵³. */
export const SIDE_COUNTS = SIDE_HEADER_BYTES / 8
export const SIDE_AFTER = SIDE_COUNTS + COUNTERS
export const SIDE_BYTES = roundUp(SIDE_HEADER_BYTES + 2 * COUNTERS * 8, 64)
/** Where in a row the counters of each process lie: on cache lines of their own. */
export const SideOffset = { INGEST: 128, INFER: 128 + SIDE_BYTES } as const
export const ROW_BYTES = 128 + 2 * SIDE_BYTES

export interface SlabShape {
  slotCount: number
  rowCount: number
  widthPx: number
  heightPx: number
}

export interface SlabLayout extends SlabShape {
  /** width · height · 3 / 2. */
  frameBytes: number
  strideBytes: number
  rowsOffset: number
  slotHeadersOffset: number
  pixelsOffset: number
  totalBytes: number
}

export function layoutOf(shape: SlabShape): SlabLayout {
  const frameBytes = (shape.widthPx * shape.heightPx * 3) / 2
  const strideBytes = roundUp(frameBytes, PAGE_BYTES)
  const slotHeadersOffset = PAGE_BYTES + shape.rowCount * ROW_BYTES
  const pixelsOffset = roundUp(slotHeadersOffset + shape.slotCount * SLOT_HEADER_BYTES, PAGE_BYTES)
  return {
    ...shape,
    frameBytes,
    strideBytes,
    rowsOffset: PAGE_BYTES,
    slotHeadersOffset,
    pixelsOffset,
    totalBytes: pixelsOffset + shape.slotCount * strideBytes,
  }
}

function roundUp(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to
}
