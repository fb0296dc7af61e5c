/** Which decoder a stream gets, and what it remembers of those that failed it. */
import { describe, expect, it } from 'vitest'
import { reasonOfAvError } from '../../../ingest/decoder/av/failure.js'
import { chooseDecoder } from '../../../ingest/decoder/choice.js'
import { CRASH_MEMORY_MS, DecoderHistory } from '../../../ingest/session/decoder-history.js'
import type { DecoderBackendName } from '../../../shared/stream/decoder.js'

const without =
  (...missing: DecoderBackendName[]) =>
  (backend: DecoderBackendName): string | null =>
    missing.includes(backend) ? 'it is not here.' : null

describe('a decoder', () => {
  it('is the first of those wanted that can, with a reason for each that cannot', () => {
    expect(chooseDecoder('auto', without())).toEqual({ used: 'nvdec', reason: null })
    expect(chooseDecoder('auto', without('nvdec'))).toEqual({
      used: 'libav',
      reason: 'nvdec: it is not here.',
    })
    expect(chooseDecoder('auto', without('nvdec', 'libav'))).toEqual({
      used: 'ffmpeg',
      reason: 'nvdec: it is not here. libav: it is not here.',
    })
    expect(chooseDecoder('nvdec', without('nvdec')).used).toBe('libav')
    expect(chooseDecoder('libav', without('nvdec'))).toEqual({ used: 'libav', reason: null })
    expect(chooseDecoder('libav', without('libav')).used).toBe('ffmpeg')
    expect(chooseDecoder('ffmpeg', without('nvdec', 'libav', 'ffmpeg'))).toEqual({
      used: 'ffmpeg',
      reason: null,
    })
  })
})

describe('a stream', () => {
  it('bears one crash of a decoder, and leaves it alone after two, for a while', () => {
    const history = new DecoderHistory()
    history.crashed('libav', 1000)
    expect(history.hindrance('libav', 1001)).toBeNull()
    history.crashed('libav', 2000)
    expect(history.hindrance('libav', 2001)).toMatch(/died 2 times .* within 10 minutes/)
    expect(history.hindrance('nvdec', 2001)).toBeNull()
    expect(history.hindrance('libav', 1000 + CRASH_MEMORY_MS)).toBeNull()
  })

  it('does not go back to a decoder that refused its source, until the source is another', () => {
    const history = new DecoderHistory()
    history.refused('nvdec', 'NVDEC does not decode this mjpeg stream.')
    expect(history.hindrance('nvdec', 10 * CRASH_MEMORY_MS)).toContain('mjpeg')
    history.forget()
    expect(history.hindrance('nvdec', 0)).toBeNull()
  })
})

describe('an error code of libavformat', () => {
  it.each([
    [-825242872, 'unauthorized'],
    [-858797304, 'unauthorized'],
    [-875574520, 'not_found'],
    [-1482175736, 'camera_error'],
    [-1482175992, 'camera_error'],
    [-2, 'not_found'],
    [-111, 'connection_refused'],
    [-113, 'host_unreachable'],
    [-101, 'host_unreachable'],
    [-110, 'no_answer'],
    [-1330794744, 'invalid_source'],
    [-5, null],
    [-1094995529, null],
  ])('%i is %s', (code, reason) => expect(reasonOfAvError(code)).toBe(reason))
})
