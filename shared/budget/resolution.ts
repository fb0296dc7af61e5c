/** Frame sizes as people name them. Pure. */
import { RingsideError } from '../errors.js'

const named: Record<string, readonly [widthPx: number, heightPx: number]> = {
  '360p': [640, 360],
  '480p': [854, 480],
  '576p': [1024, 576],
  '720p': [1280, 720],
  '960p': [1280, 960],
  '1080p': [1920, 1080],
  '1440p': [2560, 1440],
  '2160p': [3840, 2160],
  '4k': [3840, 2160],
}
const MOST_PX = 16_384

/** `1080p`, `4k`, `1280x720`. @throws RingsideError `invalid_request`. */
export function parseResolution(text: string): { widthPx: number; heightPx: number } {
  const lower = text.trim().toLowerCase()
  const known = Object.hasOwn(named, lower) ? named[lower] : undefined
  const [widthPx, heightPx] = known ??
    (/^(\d{1,5})[x×](\d{1,5})$/.exec(lower)?.slice(1).map(Number) as [number, number] | undefined) ?? [0, 0]
  if (widthPx > 0 && heightPx > 0 && widthPx <= MOST_PX && heightPx <= MOST_PX) return { widthPx, heightPx }
  throw new RingsideError('invalid_request', `${text} is no resolution.`, {
    key: 'resolution',
    value: text,
    remedy: `Give ${Object.keys(named).join(', ')}, or WIDTHxHEIGHT up to ${MOST_PX} pixels a side.`,
  })
}
