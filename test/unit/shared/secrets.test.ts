import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../shared/log.js'
import { redactText, rememberSecretsOf, shownUrl } from '../../../shared/secrets/redact.js'
import { loadSealer, sealerOf } from '../../../shared/secrets/seal.js'

describe('redaction', () => {
  it('takes credentials out of any URL in a text', () => {
    expect(redactText('open rtsp://admin:pa55@10.0.0.1/x failed')).toBe('open rtsp://10.0.0.1/x failed')
    expect(redactText('Did you mean file:rtsp://u:p@h/1?')).toBe('Did you mean file:rtsp://h/1?')
    expect(redactText('rtsp://user:p@ss@host/1')).toBe('rtsp://host/1')
    expect(redactText('GET /ws?token=abc&x=1')).toBe('GET /ws?token=(hidden)&x=1')
    expect(shownUrl('rtsp://host:554/path?x=1')).toBe('rtsp://host:554/path?x=1')
  })

  it('knows every spelling of a secret it was told of', () => {
    rememberSecretsOf('rtsp://admin:c%40nary-9@host/1')
    const spellings = [
      'c@nary-9',
      'c%40nary-9',
      Buffer.from('c@nary-9').toString('base64'),
      Buffer.from('admin:c@nary-9').toString('base64'),
    ]
    for (const spelling of spellings) expect(redactText(`x ${spelling} y`)).toBe('x (hidden) y')
  })

  it('holds for any password', () => {
    const password = fc
      .string({ minLength: 4, maxLength: 20 })
      .map(text => encodeURIComponent(text))
      .filter(text => text.length >= 4)
    fc.assert(
      fc.property(password, secret => {
        const url = `rtsp://user:${secret}@camera.example/stream`
        rememberSecretsOf(url)
        expect(redactText(`failed: ${url}`)).toBe('failed: rtsp://camera.example/stream')
      }),
      { numRuns: 500 },
    )
  })

  it('works on whole log lines', () => {
    const lines: string[] = []
    const log = createLog({ level: 'info', name: 'test' }, { write: line => void lines.push(line) })
    log.info(
      { url: 'rtsp://a:b@c/d', nested: { token: 'abc' }, err: new Error('rtsp://user:topsecret@h/1') },
      'see rtsp://user:topsecret@h/1',
    )
    expect(lines.join()).not.toMatch(/topsecret|abc|a:b/)
  })
})

describe('seal', () => {
  it('opens what it sealed, never the same bytes twice', () => {
    const sealer = sealerOf(randomBytes(32))
    const url = 'rtsp://admin:geheim@host/ümlaut'
    expect(sealer.open(sealer.seal(url))).toBe(url)
    expect(sealer.seal(url)).not.toBe(sealer.seal(url))
    expect(sealer.seal(url)).not.toContain('geheim')
  })

  it('refuses another key, and any changed byte', () => {
    const sealed = sealerOf(randomBytes(32)).seal('rtsp://h/1')
    expect(() => sealerOf(randomBytes(32)).open(sealed)).toThrowError(
      expect.objectContaining({ code: 'sealed_secret_unreadable' }),
    )
    const key = randomBytes(32)
    const bytes = Buffer.from(sealerOf(key).seal('rtsp://h/1'), 'base64url')
    bytes[bytes.length - 1]! ^= 1
    expect(() => sealerOf(key).open(bytes.toString('base64url'))).toThrow()
  })

  it('keeps one key for all stages, readable by its owner alone', () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-seal-'))
    const first = loadSealer(dir, {})
    expect(loadSealer(dir, {}).open(first.seal('x'))).toBe('x')
    expect(fs.statSync(path.join(dir, 'secret.key')).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(dir)).toEqual(['secret.key'])
    expect(
      loadSealer('/nowhere', { RINGSIDE_SECRET_KEY: 'k' }).open(
        loadSealer(dir, { RINGSIDE_SECRET_KEY: 'k' }).seal('y'),
      ),
    ).toBe('y')
  })
})
