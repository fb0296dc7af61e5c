import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertAllowed, type DecodeOptions, decoderArguments } from '../../../ingest/decoder/command.js'
import { parseSource, scriptOf } from '../../../ingest/decoder/source.js'

const options: DecodeOptions = {
  kind: 'rtsp',
  shape: { widthPx: 416, heightPx: 416, letterbox: { anchor: 'center', padValue: 114 } },
  maxFps: 10,
  keyframesOnly: false,
  maxPixels: 8_912_896,
  modern: true,
}

const template = [
  ...['-hide_banner', '-nostats', '-nostdin', '-loglevel', 'level+verbose'],
  ...['-protocol_whitelist', 'pipe,rtsp,rtsps,rtp,tcp,udp,tls', '-max_pixels', '8912896', '-threads', '1'],
  ...['-probesize', '32', '-fpsprobesize', '0', '-f', 'concat', '-safe', '0', '-i', 'pipe:0'],
  '-filter:v',
  "select='if(isnan(t)+gte(t,ld(0)-0.050000)+lt(t,ld(0)-0.200000),1+0*st(0,if(lt(t,ld(0)-0.200000),t,max(t,ld(0)))+0.100000),0)'," +
    "scale=w='min(416,max(2,2*round(iw*min(416/iw,416/ih)/2)))':h='min(416,max(2,2*round(ih*min(416/iw,416/ih)/2)))':flags=bilinear:out_range=tv," +
    "pad=w=416:h=416:x='2*floor((ow-iw)/4)':y='2*floor((oh-ih)/4)':color=0x727272",
  ...['-map', '0:v:0', '-an', '-sn', '-dn', '-fps_mode', 'passthrough'],
  ...['-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'],
]

/** URLs as an attacker would write them: quotes, options, directives, other protocols, in every part. */
const hostile = fc
  .tuple(
    fc.constantFrom('rtsp', 'rtsps', 'file', 'concat', 'http'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('cam', '10.0.0.1:554', '[::1]:8554', '', '-i'),
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        "x'\nfile '/etc/passwd",
        "a' -i b",
        '\r\noption timeout 1',
        '?x=1&tcp',
        "''\\''",
        '\u2028',
      ),
    ),
  )
  .map(([scheme, user, host, path]) => `${scheme}://${user}@${host}/${path}`)

describe('decoder arguments', () => {
  it('are the template', () => expect(decoderArguments(options)).toEqual(template))

  it('are the template whatever the URL, which goes to one quoted line of the script', () => {
    let accepted = 0
    fc.assert(
      fc.property(hostile, url => {
        expect(decoderArguments(options)).toEqual(template)
        let source: ReturnType<typeof parseSource>
        try {
          source = parseSource(url, true)
        } catch {
          return // refused: nothing reaches FFmpeg
        }
        accepted++
        const lines = scriptOf(source, true).split('\n')
        expect(lines).toHaveLength(source.kind === 'rtsp' ? 6 : 3)
        expect(unquote(lines[1] as string)).toBe(source.address)
      }),
      { numRuns: 2000 },
    )
    expect(accepted).toBeGreaterThan(200)
  })

  it('pass the allow-list for every shape, cap and kind', () => {
    const even = fc.integer({ min: 1, max: 1024 }).map(half => half * 2)
    fc.assert(
      fc.property(
        even,
        even,
        fc.constantFrom('top_left', 'center', 'stretch'),
        fc.integer({ min: 0, max: 255 }),
        fc.option(fc.double({ min: 0.01, max: 240, noNaN: true })),
        fc.boolean(),
        fc.constantFrom('rtsp', 'file'),
        (widthPx, heightPx, anchor, padValue, maxFps, flag, kind) => {
          const shape = { widthPx, heightPx, letterbox: { anchor, padValue } as const }
          expect(() =>
            decoderArguments({ ...options, kind, shape, maxFps, keyframesOnly: flag, modern: !flag }),
          ).not.toThrow()
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    [['-i', 'rtsp://u:p@h/', 'pipe:1']],
    [['-i', 'pipe:0', '-f', 'mp4', 'pipe:1']],
    [['-i', 'pipe:0', '/tmp/out']],
    [['-i', 'pipe:0', '-constructor', 'x', 'pipe:1']],
    [['-i', 'pipe:0', '-filter:v', 'movie=/etc/passwd', 'pipe:1']],
    [['-filter:v', "scale=w=1:h=1:flags=x:out_range=tv,movie='a'", 'pipe:1']],
    [['-protocol_whitelist', 'pipe,file,http', 'pipe:1']],
  ])('refuse %j', args => expect(() => assertAllowed(args)).toThrow(/allow-list/))
})

/** ffconcat's quoting: text in single quotes is literal, outside them a backslash takes the next character. */
function unquote(line: string): string {
  const text = line.slice('file '.length)
  let result = ''
  for (let i = 0, quoted = false; i < text.length; i++) {
    const char = text[i] as string
    if (char === "'") quoted = !quoted
    else if (char === '\\' && !quoted) result += text[++i] ?? ''
    else result += char
  }
  return result
}
