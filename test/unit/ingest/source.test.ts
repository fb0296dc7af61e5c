import { describe, expect, it } from 'vitest'
import { parseSource, scriptOf } from '../../../ingest/decoder/source.js'

describe('a source', () => {
  it.each([
    ['', 'not a URL'],
    ['http://cam/x', 'scheme'],
    ['rtsp:///x', 'no host'],
    ['file:///tmp/x.mp4', 'switched off'],
    ["rtsp://cam/x'\nfile '/etc/passwd", 'control character'],
    ['rtsp://cam/\u0000', 'control character'],
  ])('%j is refused: %s', (url, why) => {
    try {
      parseSource(url, false)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_source_url', key: 'url' })
      expect((error as Error).message).toContain(why)
    }
  })

  it('keeps its credentials for the script and shows none', () => {
    const source = parseSource('rtsp://me:geheim1@cam:8554/a?b=c', false)
    expect(source).toEqual({ kind: 'rtsp', address: 'rtsp://me:geheim1@cam:8554/a?b=c', shown: 'cam:8554' })
  })

  it('asks an old FFmpeg for TCP in the address, since its scripts know no options', () => {
    expect(scriptOf(parseSource('rtsp://cam/a', false), false)).toContain("'rtsp://cam/a?tcp'\n")
    expect(scriptOf(parseSource('rtsp://cam/a?b=c', false), false)).toContain("'rtsp://cam/a?b=c&tcp'\n")
  })

  it('may be a file of this host, where files are allowed', () => {
    const source = parseSource("file:///tmp/it's%20here.mp4", true)
    expect(source).toEqual({ kind: 'file', address: "file:/tmp/it's here.mp4", shown: "/tmp/it's here.mp4" })
    expect(scriptOf(source, true)).toBe("ffconcat version 1.0\nfile 'file:/tmp/it'\\''s here.mp4'\n")
    expect(() => parseSource('file://elsewhere/tmp/x.mp4', true)).toThrow(/no file of this host/)
  })
})
