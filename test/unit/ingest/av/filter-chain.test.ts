/** The chain that the GPU's frames go through, here with filters that need none; and which filters the GPU's would be. */
import { beforeAll, describe, expect, it } from 'vitest'
import { FilterChain } from '../../../../ingest/decoder/av/filter-chain.js'
import { filtersOfSteps, stepsOf } from '../../../../ingest/decoder/av/gpu-scaler.js'
import { type Av, loadAv } from '../../../../ingest/decoder/av/library.js'

let av: Av
beforeAll(async () => {
  av = await loadAv()
  av.Log.setLevel(av.AV_LOG_QUIET)
})

describe('a filter chain', () => {
  it('gives every frame once, filtered, and lets go of what came before', async () => {
    const from = newFrame(320, 240)
    const into = new av.Frame()
    into.alloc()
    const chain = await FilterChain.build(av, from, [
      ['scale', 'w=160:h=120'],
      ['format', 'pix_fmts=yuv420p'],
    ])
    for (const level of [40, 90, 200]) {
      from.data?.[0]?.fill(level)
      await chain.run(from, into)
      expect([into.width, into.height, into.format]).toEqual([160, 120, av.AV_PIX_FMT_YUV420P])
      expect(into.data?.[0]?.[80]).toBe(level)
    }
    chain.close()
  })

  it('is refused with the filter’s name where FFmpeg does not take it', async () => {
    const frame = newFrame(64, 64)
    await expect(FilterChain.build(av, frame, [['no_such_filter', 'a=1']])).rejects.toThrow(
      'no_such_filter=a=1',
    )
    await expect(FilterChain.build(av, frame, [['scale_cuda', 'w=32:h=32']])).rejects.toThrow(
      /scale_cuda|graph/,
    )
  })

  function newFrame(width: number, height: number) {
    const frame = new av.Frame()
    frame.alloc()
    frame.width = width
    frame.height = height
    frame.format = av.AV_PIX_FMT_YUV420P
    frame.getBuffer()
    return frame
  }
})

describe('the GPU’s filters', () => {
  const size = (widthPx: number, heightPx: number) => ({ widthPx, heightPx })

  it('are there in the FFmpeg of node-av', () => {
    for (const name of ['scale_cuda', 'hwdownload', 'format', 'buffer', 'buffersink'])
      expect(av.Filter.getByName(name), name).not.toBeNull()
  })

  it('shrink at most threefold at a time, and end at the size that is wanted', () => {
    expect(stepsOf(size(1920, 1080), size(640, 360))).toEqual([size(640, 360)])
    expect(stepsOf(size(320, 240), size(640, 480))).toEqual([size(640, 480)])
    expect(stepsOf(size(3840, 2160), size(640, 360))).toEqual([size(1280, 720), size(640, 360)])
    for (const [w, h, to] of [
      [7680, 4320, 320],
      [4096, 64, 640],
      [1921, 1081, 640],
      [2, 4000, 416],
    ] as const) {
      const steps = stepsOf(size(w, h), size(to, to))
      expect(steps.at(-1)).toEqual(size(to, to))
      ;[size(w, h), ...steps].reduce((before, after) => {
        expect(before.widthPx).toBeLessThanOrEqual(3 * after.widthPx)
        expect(before.heightPx).toBeLessThanOrEqual(3 * after.heightPx)
        return after
      })
    }
  })

  it('convert once, at the end', () => {
    expect(filtersOfSteps([size(1280, 720), size(640, 360)])).toEqual([
      ['scale_cuda', 'w=1280:h=720:interp_algo=bilinear:passthrough=0'],
      ['scale_cuda', 'w=640:h=360:interp_algo=bilinear:passthrough=0:format=yuv420p'],
      ['hwdownload', ''],
      ['format', 'pix_fmts=yuv420p'],
    ])
  })
})
