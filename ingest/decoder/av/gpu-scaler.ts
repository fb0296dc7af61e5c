/**
 * Scales decoded frames on the GPU to the letterbox's content, as I420, and downloads that: a ninth of 1080p's bytes.
 *
 *   buffer ─► scale_cuda … ─► scale_cuda=format=yuv420p ─► hwdownload ─► format=yuv420p ─► buffersink
 *
 * The padding is not made here: it never changes, and the painter fills it in the slot for next to nothing.
 */
import type { Frame } from 'node-av/lib'
import { fitOf } from '../../../shared/frame/letterbox.js'
import type { FrameShape } from '../filters.js'
import { FilterChain, type FilterWords } from './filter-chain.js'
import type { Av } from './library.js'

/** The most that one pass may shrink: `scale_cuda`'s bilinear averages three texels a side, and skips what lies beyond. */
const MAX_SHRINK = 3

export interface Size {
  widthPx: number
  heightPx: number
}

/** The sizes that a frame goes through, the last of them `to`. */
export function stepsOf(from: Size, to: Size): Size[] {
  const steps = [to]
  for (;;) {
    const { widthPx, heightPx } = steps[0] as Size
    if (from.widthPx <= widthPx * MAX_SHRINK && from.heightPx <= heightPx * MAX_SHRINK) return steps
    const grown = (size: number, limit: number): number => Math.min(limit - (limit % 2), size * 2)
    const before = { widthPx: grown(widthPx, from.widthPx), heightPx: grown(heightPx, from.heightPx) }
    if (before.widthPx <= widthPx && before.heightPx <= heightPx) return steps
    steps.unshift(before)
  }
}

/** The chain that scales through these sizes and downloads the last. */
export function filtersOfSteps(steps: readonly Size[]): FilterWords[] {
  const scales = steps.map(({ widthPx, heightPx }, i): FilterWords => {
    const format = i === steps.length - 1 ? ':format=yuv420p' : ''
    return ['scale_cuda', `w=${widthPx}:h=${heightPx}:interp_algo=bilinear:passthrough=0${format}`]
  })
  return [...scales, ['hwdownload', ''], ['format', 'pix_fmts=yuv420p']]
}

export class GpuScaler {
  readonly #av: Av
  readonly #shape: FrameShape
  readonly #scaled: Frame
  #chain: { key: string; filters: FilterChain } | null = null

  constructor(av: Av, shape: FrameShape) {
    this.#av = av
    this.#shape = shape
    this.#scaled = new av.Frame()
    this.#scaled.alloc()
  }

  /** @returns a frame in host memory that is good until the next call. @throws Error where a filter refuses. */
  async scale(frame: Frame): Promise<Frame> {
    const filters = await this.#chainFor(frame)
    await filters.run(frame, this.#scaled)
    return this.#scaled
  }

  /** Call where no `scale` is under way. Idempotent. */
  close(): void {
    this.#chain?.filters.close()
    this.#chain = null
    this.#scaled.free()
  }

  /**
   * Frames of another size come from another pool, as after a change of resolution, and need a chain of their own.
   * node-av keeps what `frame.hwFramesCtx` gave at first, though it is the frame's of that moment and is gone with its
   * `unref` (`frame.js`, `hardware_frames_context.h`: `unowned_ref_`): it is asked of a copy, which lives as long as it is used.
   */
  async #chainFor(frame: Frame): Promise<FilterChain> {
    const { width, height } = frame
    const key = [width, height].join()
    if (this.#chain?.key === key) return this.#chain.filters
    this.#chain?.filters.close()
    this.#chain = null
    const { letterbox, widthPx, heightPx } = this.#shape
    const fit = fitOf(letterbox, widthPx, heightPx, width, height)
    const to = { widthPx: fit.scaledWidthPx, heightPx: fit.scaledHeightPx }
    const steps = stepsOf({ widthPx: width, heightPx: height }, to)
    const like = frame.clone()
    if (!like) throw new Error('no memory for a frame')
    try {
      const filters = await FilterChain.build(this.#av, like, filtersOfSteps(steps))
      this.#chain = { key, filters }
      return filters
    } finally {
      like.free()
    }
  }
}
