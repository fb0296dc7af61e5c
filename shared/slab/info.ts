/** What the owner of a slab announces, so that writers can map it and FFmpeg can letterbox to it. */

/** How a source frame is fitted into the model's input. */
export interface Letterbox {
  /** `center` pads on both sides, `top_left` at the right and bottom only, `stretch` not at all. */
  anchor: 'top_left' | 'center' | 'stretch'
  /** Grey level of the padding, 0 … 255 in RGB. */
  padValue: number
}

export interface SlabInfo {
  /** Device and model, e.g. `cpu-0-ringside-nano`. */
  id: string
  /** File in /dev/shm. */
  path: string
  /** Rises with every slab created; part of each frame ref. */
  epoch: number
  slotCount: number
  rowCount: number
  /** Pixel bytes of one slot: width · height · 3 / 2 (I420). */
  frameBytes: number
  widthPx: number
  heightPx: number
  letterbox: Letterbox
  /** Name of the model it feeds. */
  model: string
  /** Whether streams that name no model are written here. */
  isDefault: boolean
  /** Write and verify a CRC-32 of each frame. */
  checksum: boolean
  announcedAtMs: number
}
