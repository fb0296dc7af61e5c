/** A chain of FFmpeg's filters for frames of one size and format: each frame that goes in comes out once. */
import type { FilterContext, FilterGraph, Frame } from 'node-av/lib'
import type { Av } from './library.js'

/** A filter's name and its arguments. */
export type FilterWords = readonly [string, string]

export class FilterChain {
  readonly #av: Av
  readonly #graph: FilterGraph
  readonly #source: FilterContext
  readonly #sink: FilterContext

  /** @param frame like all that will follow; on a GPU, it brings the pool that it is from. @throws where FFmpeg refuses. */
  static async build(av: Av, frame: Frame, filters: readonly FilterWords[]): Promise<FilterChain> {
    const chain = new FilterChain(av, frame, filters)
    try {
      check('the filter graph', await chain.#graph.config())
    } catch (error) {
      chain.close()
      throw error
    }
    return chain
  }

  private constructor(av: Av, frame: Frame, filters: readonly FilterWords[]) {
    this.#av = av
    this.#graph = new av.FilterGraph()
    this.#graph.alloc()
    this.#source = this.#sourceOf(frame)
    let last = this.#source
    const all: readonly FilterWords[] = [...filters, ['buffersink', '']]
    all.forEach(([name, args], i) => {
      const filter = this.#create(name, `${name}${i}`, args)
      check(name, last.link(0, filter, 0))
      last = filter
    })
    this.#sink = last
  }

  /** @param into becomes the filtered frame; what it held is let go. */
  async run(frame: Frame, into: Frame): Promise<void> {
    into.unref()
    check('buffer', await this.#source.buffersrcAddFrame(frame, this.#av.AV_BUFFERSRC_FLAG_KEEP_REF))
    check('the filter graph', await this.#sink.buffersinkGetFrame(into))
  }

  /** Call where no `run` is under way. Idempotent. */
  close(): void {
    this.#graph.free()
  }

  #sourceOf(frame: Frame): FilterContext {
    const filter = this.#av.Filter.getByName('buffer')
    const source = filter && this.#graph.allocFilter(filter, 'in')
    if (!source) throw new Error('FFmpeg has no filter buffer')
    const { width, height, format, colorRange, colorSpace, hwFramesCtx } = frame
    const timeBase = { num: 1, den: 90_000 } // nothing in such a chain looks at time
    const colours = { colorRange, colorSpace }
    const like = { width, height, format, timeBase, hwFramesCtx, ...colours }
    check('buffer', source.buffersrcParametersSet(like))
    check('buffer', source.init(null))
    return source
  }

  #create(name: string, label: string, args: string): FilterContext {
    const filter = this.#av.Filter.getByName(name)
    const context = filter && this.#graph.createFilter(filter, label, args || null)
    if (!context) throw new Error(`FFmpeg does not take the filter ${name}=${args}`)
    return context
  }
}

function check(what: string, code: number): void {
  if (code < 0) throw new Error(`${what} failed with code ${code}`)
}
