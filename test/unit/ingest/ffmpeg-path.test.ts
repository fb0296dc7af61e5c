import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findFfmpeg, parseVersion, search } from '../../../ingest/decoder/ffmpeg-path.js'
import { parseStat, usageOf } from '../../../ingest/decoder/usage.js'
import { createLog } from '../../../shared/log.js'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-ffmpeg-'))
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))
const lines: string[] = []
const log = createLog({ level: 'info', name: 'test' }, { write: line => void lines.push(line) })

describe('FFmpeg', () => {
  it.each([
    ['ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026', '5.1.9-0+deb12u1', true],
    ['ffmpeg version 4.1 Copyright (c) 2000-2018', '4.1', false],
    ['ffmpeg version 5.0.3 Copyright', '5.0.3', false],
    ['ffmpeg version n7.1 Copyright (c) 2000-2024', 'n7.1', true],
    ['ffmpeg version N-92718-g092cb17983 Copyright (c) 2000-2018', 'N-92718-g092cb17983', false],
    ['ffmpeg version N-118000-gabc Copyright (c) 2000-2025', 'N-118000-gabc', true],
  ])('%s', (text, version, modern) => expect(parseVersion(text)).toEqual({ version, modern }))

  it('of another program is none', () => expect(parseVersion('avconv version 12')).toBeNull())

  it('is the configured one, and one that does not run is an error that says so', () => {
    const file = path.join(dir, 'not-ffmpeg')
    fs.writeFileSync(file, '#!/bin/sh\necho hello\n', { mode: 0o755 })
    for (const wrong of [file, path.join(dir, 'absent')])
      expect(() => findFfmpeg(wrong, dir, log)).toThrow(
        expect.objectContaining({ code: 'ffmpeg_missing', value: wrong }),
      )
  })

  it('is the bundled one, with a warning of its age, where PATH has none', () => {
    const before = process.env.PATH
    process.env.PATH = dir
    try {
      const ffmpeg = findFfmpeg('', dir, log)
      expect(ffmpeg.modern).toBe(false)
      expect(lines.join()).toContain('2018')
    } finally {
      process.env.PATH = before
    }
  })

  it('is looked for on PATH among executable files only', () => {
    fs.writeFileSync(path.join(dir, 'tool'), '', { mode: 0o644 })
    expect(search('tool', dir)).toBeNull()
    fs.chmodSync(path.join(dir, 'tool'), 0o755)
    expect(search('tool', `/nowhere:${dir}`)).toBe(path.join(dir, 'tool'))
  })
})

describe('usage', () => {
  it('is read past a name with spaces and brackets', () => {
    const fields = [
      'S',
      ...Array.from({ length: 10 }, () => '0'),
      '250',
      '50',
      ...Array.from({ length: 8 }, () => '0'),
      '1000',
    ]
    expect(parseStat(`42 (a ) b) ${fields.join(' ')} 0 0`)).toEqual({
      cpuSeconds: 3,
      residentBytes: 4_096_000,
    })
  })
  it('of this process is plausible, of one that is gone is null', () => {
    const { rss } = process.memoryUsage()
    expect(usageOf(process.pid)?.residentBytes).toBeGreaterThan(rss / 2)
    expect(usageOf(2 ** 22 + 1)).toBeNull()
  })
})
