import { describe, expect, it } from 'vitest'
import type { DecoderEvent } from '../../../ingest/decoder/event.js'
import { StderrParser } from '../../../ingest/decoder/stderr.js'

function parse(text: string): DecoderEvent[] {
  const parser = new StderrParser()
  return text.split('\n').flatMap(line => parser.parse(line) ?? [])
}

describe('what FFmpeg says', () => {
  it('of a good camera becomes its events, in order, and the output’s own lines do not', () => {
    const events = parse(`[tcp @ 0x55dd025c7f00] [verbose] Successfully connected to 127.0.0.1 port 38463
[rtsp @ 0x55dd025c5440] [verbose] SDP:
v=0
m=audio 0 RTP/AVP 8
a=rtpmap:8 PCMA/8000
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000

[rtsp @ 0x55dd025c5440] [verbose] setting jitter buffer size to 0
[info]   Stream #0:0: Video: h264 (Constrained Baseline), 1 reference frame, yuv420p(tv, smpte170m, progressive, center), 320x240 [SAR 1:1 DAR 4:3], 25 tbr, 90k tbn
[Parsed_scale_1 @ 0x55dd0269bd80] [verbose] w:416 h:416 flags:'' interl:0
[graph 0 input from stream 0:0 @ 0x55dd0269d980] [verbose] w:320 h:240 pixfmt:yuv420p tb:1/90000 fr:25/1 sar:1/1
[warning] pipe:0: corrupt decoded frame in stream 0
[info]   Stream #0:0: Video: rawvideo (I420 / 0x30323449), yuv420p, 416x416, q=2-31, 25 fps, 25 tbn`)
    expect(events).toEqual([
      { kind: 'connected' },
      { kind: 'described', video: ['H264'], known: true },
      { kind: 'source', source: { codec: 'h264', widthPx: 320, heightPx: 240, fps: 25 } },
      { kind: 'geometry', widthPx: 320, heightPx: 240 },
      { kind: 'corruption' },
    ])
  })

  it.each([
    ['[rtsp @ 0x2] [error] method DESCRIBE failed: 401 Unauthorized', 'unauthorized'],
    ['[rtsp @ 0x2] [error] method DESCRIBE failed: 404 Not Found', 'not_found'],
    ['[rtsp @ 0x2] [error] method DESCRIBE failed: 503 Service Unavailable', 'camera_error'],
    ['[rtsp @ 0x2] [error] method SETUP failed: 453 Not Enough Bandwidth', 'camera_error'],
    [
      '[tcp @ 0x5] [error] Connection to tcp://127.0.0.1:45749?timeout=0 failed: Connection refused',
      'connection_refused',
    ],
    [
      '[tcp @ 0x5] [error] Failed to resolve hostname nosuch.invalid: Name or service not known',
      'unknown_host',
    ],
    [
      '[tcp @ 0x5] [error] Connection to tcp://10.9.9.9:554?timeout=0 failed: No route to host',
      'host_unreachable',
    ],
    ['[error] Output file #0 does not contain any stream', 'no_video'],
    ["[fatal] Stream map '0:v:0' matches no streams.", 'no_video'],
    [
      '[warning] Could not find codec parameters for stream 0 (Video: none, none): unknown codec',
      'unsupported_codec',
    ],
  ])('%s is a failure: %s', (line, code) => expect(parse(line)).toEqual([{ kind: 'failure', code }]))

  it('about a path that reads like an error is none', () => {
    const line =
      "[concat @ 0x1] [error] Impossible to open 'rtsp://u:pw@cam/404 Not Found/Connection refused'"
    expect(parse(line)).toEqual([])
  })

  it('in an SDP cannot pass for a message', () => {
    const events = parse('[rtsp @ 0x1] [verbose] SDP:\ns=[error] 401 Unauthorized\nm=audio 0 RTP/AVP 8\n')
    expect(events).toEqual([{ kind: 'described', video: [], known: false }])
  })
})

describe('encodings', () => {
  it('are known by RTP’s names, those of fixed payload types too', () => {
    const sdp = (...media: string[]): DecoderEvent[] =>
      parse(`[rtsp @ 0x1] [verbose] SDP:\n${media.join('\n')}\n`)
    const mystery = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 MYSTERY/90000']
    const h265 = ['m=video 0 RTP/AVP 97', 'a=rtpmap:97 H265/90000']
    expect(sdp('m=video 0 RTP/AVP 26')).toEqual([{ kind: 'described', video: ['JPEG'], known: true }])
    expect(sdp(...mystery)).toEqual([{ kind: 'described', video: ['MYSTERY'], known: false }])
    expect(sdp(...mystery, ...h265)).toMatchObject([{ video: ['MYSTERY', 'H265'], known: true }])
  })
})
