/** Addresses of cameras: what is taken, and that no part of a password is ever shown. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSourceUrl } from '../../../publish/api/source-url.js'
import { RingsideError } from '../../../shared/errors.js'

describe('parseSourceUrl', () => {
  const shown: [given: string, shown: string][] = [
    ['rtsp://camera.example/live', 'rtsp://camera.example/live'],
    ['RTSP://Camera.example:8554', 'rtsp://Camera.example:8554'],
    ['rtsps://admin:hunter2@10.0.0.7:322/a?b=c', 'rtsps://10.0.0.7:322/a?b=c'],
    ['rtsp://[fe80::1]:554/x', 'rtsp://[fe80::1]:554/x'],
    ["rtsp://admin:it's@h/x", 'rtsp://h/x'],
    ['rtsp://user:p%40ss@h/x', 'rtsp://h/x'],
    [
      'rtsp://h/x?user=admin&password=a_b/c&channel=1',
      'rtsp://h/x?user=(hidden)&password=(hidden)&channel=1',
    ],
    [
      'rtsp://h/user=admin_password=tl_Jw_channel=1.sdp',
      'rtsp://h/user=(hidden)_password=(hidden)_channel=1.sdp',
    ],
    ['rtsp://h/x?authToken=abc#zebra', 'rtsp://h/x?authToken=(hidden)'],
  ]
  it.each(shown)('shows %s as %s', (given, expected) => {
    expect(parseSourceUrl(given, false).shown).toBe(expected)
  })

  it('keeps what a decoder needs', () => {
    expect(parseSourceUrl('rtsp://admin:p%40ss@h:554/x?y=1', false).clear).toBe(
      'rtsp://admin:p%40ss@h:554/x?y=1',
    )
  })

  it('takes file:// only where the operator allows it, and only whole paths of this host', () => {
    expect(() => parseSourceUrl('file:///clips/a.mp4', false)).toThrow(RingsideError)
    expect(parseSourceUrl('file:///clips/a.mp4', true).clear).toBe('file:///clips/a.mp4')
    expect(() => parseSourceUrl('file://server/clips/a.mp4', true)).toThrow('absolute path')
    expect(() => parseSourceUrl('file:///', true)).toThrow('absolute path')
  })

  it('shows no password, whatever it is made of and wherever an error quotes it', () => {
    const password = fc.string({ unit: 'grapheme', maxLength: 12 }).map(text => `Zq7${text}Zq8`)
    fc.assert(
      fc.property(password, fc.boolean(), (secret, encode) => {
        const url = `rtsp://admin:${encode ? encodeURIComponent(secret) : secret}@camera.example/live`
        let told: string
        try {
          told = parseSourceUrl(url, false).shown
        } catch (error) {
          if (!(error instanceof RingsideError)) throw error
          told = error.message + error.value + error.remedy
        }
        expect(told).not.toMatch(/Zq7|Zq8/)
      }),
      { numRuns: 2000 },
    )
  })
})
