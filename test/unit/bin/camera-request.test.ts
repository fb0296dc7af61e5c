/** The RTSP parser of the simulated camera: cut anywhere, it reads the same; whatever comes, it neither throws oddly nor hoards. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolFault, RequestReader, type RtspRequest } from '../../../bin/demo/camera/request.js'

const describeRequest = 'DESCRIBE rtsp://h/live RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n'
const withBody = 'GET_PARAMETER rtsp://h/live RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 5\r\n\r\nhello'
const receiverReport = Buffer.from([0x24, 1, 0, 4, 1, 2, 3, 4])
const conversation = Buffer.concat([
  Buffer.from(describeRequest),
  receiverReport,
  Buffer.from(`\r\n${withBody}`),
  receiverReport,
  Buffer.from(describeRequest),
])

function readAll(chunks: readonly Buffer[]): RtspRequest[] {
  const reader = new RequestReader()
  return chunks.flatMap(chunk => [...reader.feed(chunk)])
}

function statusOf(text: string): number | null {
  try {
    readAll([Buffer.from(text)])
    return null
  } catch (error) {
    if (error instanceof ProtocolFault) return error.status
    throw error
  }
}

describe('RequestReader', () => {
  it('reads requests, bodies and interleaved packets however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(conversation.length), { maxLength: 20 }), cuts => {
        const places = [0, ...cuts.sort((a, b) => a - b), conversation.length]
        const chunks = places.slice(1).map((end, i) => conversation.subarray(places[i], end))
        const requests = readAll(chunks)
        expect(requests.map(({ method, cseq }) => `${method} ${cseq}`)).toEqual([
          'DESCRIBE 2',
          'GET_PARAMETER 3',
          'DESCRIBE 2',
        ])
        expect(requests[0]?.headers.get('accept')).toBe('application/sdp')
      }),
    )
  })

  it.each([
    ['no RTSP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['another version', 'PLAY rtsp://h/live RTSP/2.0\r\nCSeq: 1\r\n\r\n', 505],
    ['no CSeq', 'PLAY rtsp://h/live RTSP/1.0\r\n\r\n', 400],
    ['a nameless header', 'PLAY rtsp://h/live RTSP/1.0\r\nCSeq: 1\r\nxxx\r\n\r\n', 400],
    ['a huge body', 'PLAY rtsp://h/live RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999\r\n\r\n', 413],
    ['an impossible length', 'PLAY rtsp://h/live RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -1\r\n\r\n', 400],
    ['an endless head', 'A'.repeat(9000), 400],
  ])('refuses %s', (_, text, status) => {
    expect(statusOf(text)).toBe(status)
  })

  it('answers random bytes with a ProtocolFault or with patience, never otherwise', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), chunks => {
        try {
          readAll(chunks.map(chunk => Buffer.from(chunk)))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolFault)
        }
      }),
      { numRuns: 500 },
    )
  })
})
