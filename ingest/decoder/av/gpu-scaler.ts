/**
 * Scales decoded frames on the GPU to the letterbox's content, as I420, and downloads that: a ninth of 1080p's bytes.
 *
 *   buffer ─► scale_cuda … ─► scale_cuda=format=yuv420p ─► hwdownload ─► format=yuv420p ─► buffersink
 *
 * The padding is not made here: it never changes, and the painter fills it in the slot for next to nothing.
 */
import type { FilterContext, FilterGraph, Frame } from 'node-av/lib'
import { fitOf } from '../../../shared/frame/letterbox.js'
import type { FrameShape } from '../filters.js'
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

/** The filters between source and sink, as name and arguments. */
export function filtersOfSteps(steps: readonly Size[]): [string, string][] {
  const scales = steps.map(({ widthPx, heightPx }, i): [string, string] => {
    const format = i === steps.length - 1 ? ':format=yuv420p' : ''
    return ['scale_cuda', `w=${widthPx}:h=${heightPx}:interp_algo=bilinear:passthrough=0${format}`]
  })
  return [...scales, ['hwdownload', ''], ['format', 'pix_fmts=yuv420p']]
}

interface Graph {
  key: string
  graph: FilterGraph
  source: FilterContext
  sink: FilterContext
}

export class GpuScaler {
  readonly #av: Av
  readonly #shape: FrameShape
  readonly #scaled: Frame
  #graph: Graph | null = null

  constructor(av: Av, shape: FrameShape) {
    this.#av = av
    this.#shape = shape
    this.#scaled = new av.Frame()
    this.#scaled.alloc()
  }

  /** @returns a frame in host memory that is good until the next call. @throws Error where a filter refuses. */
  async scale(frame: Frame): Promise<Frame> {
    const { source, sink } = await this.#graphFor(frame)
    this.#scaled.unref()
    check('scale_cuda', await source.buffersrcAddFrame(frame, this.#av.AV_BUFFERSRC_FLAG_KEEP_REF))
    check('hwdownload', await sink.buffersinkGetFrame(this.#scaled))
    return this.#scaled
  }

  /** Call where no `scale` is under way. Idempotent. */
  close(): void {
    this.#graph?.graph.free()
    this.#graph = null
    this.#scaled.free()
  }

  /** A pool of another size, as after a change of resolution, needs a graph of its own. */
  async #graphFor(frame: Frame): Promise<Graph> {
    const key = [frame.width, frame.height, frame.hwFramesCtx?.swFormat].join()
    if (this.#graph?.key === key) return this.#graph
    this.#graph?.graph.free()
    this.#graph = null
    const graph = new this.#av.FilterGraph()
    graph.alloc()
    const source = this.#sourceOf(graph, frame)
    const sink = this.#create(graph, 'buffersink', 'out', null)
    let last = source
    this.#filtersFor(frame).forEach(([name, args], i) => {
      const filter = this.#create(graph, name, `${name}${i}`, args)
      check(name, last.link(0, filter, 0))
      last = filter
    })
    check('buffersink', last.link(0, sink, 0))
    check('the filter graph', await graph.config())
    this.#graph = { key, graph, source, sink }
    return this.#graph
  }

  #filtersFor({ width, height }: Frame): [string, string][] {
    const { letterbox, widthPx, heightPx } = this.#shape
    const fit = fitOf(letterbox, widthPx, heightPx, width, height)
    const to = { widthPx: fit.scaledWidthPx, heightPx: fit.scaledHeightPx }
    return filtersOfSteps(stepsOf({ widthPx: width, heightPx: height }, to))
  }

  #sourceOf(graph: FilterGraph, frame: Frame): FilterContext {
    const filter = this.#av.Filter.getByName('buffer')
    const source = filter && graph.allocFilter(filter, 'in')
    if (!source) throw new Error('FFmpeg has no filter buffer')
    const { width, height, hwFramesCtx } = frame
    const { format } = frame
    const timeBase = { num: 1, den: 90_000 } // nothing in this graph looks at time
    check('buffer', source.buffersrcParametersSet({ width, height, format, timeBase, hwFramesCtx }))
    check('buffer', source.init(null))
    return source
  }

  #create(graph: FilterGraph, name: string, label: string, args: string | null): FilterContext {
    const filter = this.#av.Filter.getByName(name)
    const context = filter && graph.createFilter(filter, label, args)
    if (!context) throw new Error(`FFmpeg does not take the filter ${name}=${args ?? ''}`)
    return context
  }
}

function check(what: string, code: number): void {
  if (code < 0) throw new Error(`${what} failed with code ${code}`)
}
