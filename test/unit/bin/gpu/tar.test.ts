/** Archives as tar and npm write them, and damaged ones: only wanted files come out, whole, or nothing is taken. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import zlib from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { extract, TarError } from '../../../../bin/gpu/tar.js'

let dir: string
let to: string
const wanted = ['one.so', 'two.so', 'empty.so']
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const one = randomBytes(3_000_001)
const two = randomBytes(1024)

/** @returns the archive that `tar` makes of the folder `source`. */
function archive(name: string, source: string, ...options: string[]): string {
  const file = path.join(dir, `${name}.tgz`)
  execFileSync('tar', ['-czf', file, ...options, '-C', source, '.'])
  return file
}

function folder(name: string, files: Record<string, Uint8Array>): string {
  for (const [file, bytes] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(dir, name, file)), { recursive: true })
    fs.writeFileSync(path.join(dir, name, file), bytes)
  }
  return path.join(dir, name)
}

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-tar-'))
  const source = folder('good', {
    'package/lib/one.so': one,
    'package/two.so': two,
    'package/empty.so': new Uint8Array(),
    'package/README': Buffer.from('no'),
    [`package/${'long'.repeat(40)}/one.so.txt`]: Buffer.from('a name longer than a header holds'),
  })
  fs.symlinkSync('/etc/passwd', path.join(source, 'package/lib/two.so'))
})
beforeEach(() => {
  to = fs.mkdtempSync(path.join(dir, 'to-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('an archive', () => {
  it.each(['ustar', 'gnu', 'pax'])(
    'of format %s gives the wanted files, from whatever folder, and no link',
    async format => {
      const source = path.join(dir, 'good')
      const long = format === 'ustar' ? ['--exclude=*long*'] : []
      const found = await extract(archive(format, source, `--format=${format}`, ...long), wanted, to)
      expect(Object.fromEntries(found)).toEqual({
        'one.so': { sha256: sha256(one), bytes: one.length },
        'two.so': { sha256: sha256(two), bytes: two.length },
        'empty.so': { sha256: sha256(new Uint8Array()), bytes: 0 },
      })
      expect(fs.readdirSync(to).sort()).toEqual([...wanted].sort())
      expect(fs.readFileSync(path.join(to, 'one.so')).equals(one)).toBe(true)
    },
  )

  it('that lacks the files gives none', async () => {
    const found = await extract(archive('other', folder('other', { readme: two })), wanted, to)
    expect([found.size, fs.readdirSync(to)]).toEqual([0, []])
  })

  it('that holds a name twice is refused', async () => {
    const source = folder('twice', { 'a/one.so': one, 'b/one.so': two })
    await expect(extract(archive('twice', source), wanted, to)).rejects.toThrow('it holds one.so twice')
  })

  it('that is cut short, damaged or none is refused', async () => {
    const source = folder('plain', { 'one.so': two })
    const tar = zlib.gunzipSync(fs.readFileSync(archive('plain', source)))
    const given = (name: string, bytes: Uint8Array): Promise<unknown> => {
      fs.writeFileSync(path.join(dir, name), bytes)
      return extract(path.join(dir, name), wanted, fs.mkdtempSync(path.join(dir, 'bad-')))
    }
    const wrong = Buffer.from(tar)
    wrong[3] = (wrong[3] as number) ^ 1
    await expect(given('cut.tgz', zlib.gzipSync(tar.subarray(0, 1536)))).rejects.toThrow(TarError)
    await expect(given('wrong.tgz', zlib.gzipSync(wrong))).rejects.toThrow(/header of it is damaged/)
    await expect(given('noise.tgz', zlib.gzipSync(randomBytes(2048)))).rejects.toThrow(TarError)
    await expect(given('half.tgz', zlib.gzipSync(tar).subarray(0, 60))).rejects.toThrow(/unexpected end/)
    await expect(given('text.tgz', Buffer.from('no archive'))).rejects.toThrow(/incorrect header check/)
    await expect(extract(path.join(dir, 'none.tgz'), wanted, to)).rejects.toThrow(/ENOENT/)
  })
})
