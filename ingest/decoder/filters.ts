/** The filter chain of a decoder: frame rate cap, then letterbox. Its geometry is `fitOf`'s, evaluated by FFmpeg, which alone knows the source's size. */
import { scaleFlags } from '../../shared/frame/letterbox.js'
import type { Letterbox } from '../../shared/slab/info.js'

export interface FrameShape {
  widthPx: number
  heightPx: number
  letterbox: Letterbox
}

/** The cap comes first: a frame above it then costs no scaling. */
export function filtersOf(shape: FrameShape, maxFps: number | null): string[] {
  return [...(maxFps === null ? [] : [capFilter(maxFps)]), ...letterboxFilters(shape)]
}

/**
 * Passes a frame when its time has come, give or take half an interval, and never makes one up. Variable 0 is when the
 * next is due. A source whose clock jumps back would wait for ever: a due time that far ahead starts anew.
 */
export function capFilter(maxFps: number): string {
  const intervalS = 1 / maxFps
  const interval = seconds(intervalS)
  const early = seconds(intervalS / 2)
  const jump = seconds(2 * intervalS)
  const due = `st(0,if(lt(t,ld(0)-${jump}),t,max(t,ld(0)))+${interval})`
  return `select='if(isnan(t)+gte(t,ld(0)-${early})+lt(t,ld(0)-${jump}),1+0*${due},0)'`
}

function letterboxFilters({ widthPx, heightPx, letterbox }: FrameShape): string[] {
  const flags = `flags=${scaleFlags}:out_range=tv`
  if (letterbox.anchor === 'stretch') return [`scale=w=${widthPx}:h=${heightPx}:${flags}`]
  const factor = `min(${widthPx}/iw,${heightPx}/ih)`
  const even = (side: 'iw' | 'ih', limitPx: number): string =>
    `'min(${limitPx},max(2,2*round(${side}*${factor}/2)))'`
  const middle = (outer: string, inner: string): string =>
    letterbox.anchor === 'center' ? `'2*floor((${outer}-${inner})/4)'` : '0'
  const grey = letterbox.padValue.toString(16).padStart(2, '0').repeat(3)
  return [
    `scale=w=${even('iw', widthPx)}:h=${even('ih', heightPx)}:${flags}`,
    `pad=w=${widthPx}:h=${heightPx}:x=${middle('ow', 'iw')}:y=${middle('oh', 'ih')}:color=0x${grey}`,
  ]
}

function seconds(value: number): string {
  return value.toFixed(6)
}
