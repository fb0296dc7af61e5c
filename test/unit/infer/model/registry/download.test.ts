/** Downloads from a server that breaks, lies, stalls and redirects: what is there is not fetched twice, and only the wanted bytes get through. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DownloadOptions, download } from '../../../../../infer/model/registry/download.js'
import { freePort } from '../../../../tools/free-port.js'
import { type ModelServer, sha256, startModelServer, tempDataDir } from '../../../../tools/model-server.js'

const content = randomBytes(1_000_000)
let server: ModelServer
let dir: string
let part: string
beforeEach(async () => {
  server = await startModelServer(content)
  dir = tempDataDir()
  part = path.join(dir, 'file.part')
})
afterEach(async () => {
  await server.close()
  fs.rmSync(dir, { recursive: true })
})

const options = (change: Partial<DownloadOptions> = {}): DownloadOptions => ({
  onProgress: () => undefined,
  signal: new AbortController().signal,
  idleTimeoutMs: 300,
  ...change,
})
const wanted = (address = `${server.url}/model.onnx`, bytes: number | null = content.length) => ({
  address,
  sha256: sha256(content),
  bytes,
})
const fetchIt = (change: Partial<DownloadOptions> = {}, what = wanted()) =>
  download(part, what, options(change))
const isWhole = (): boolean => sha256(fs.readFileSync(part)) === sha256(content)
const sent = (): number => server.requests.reduce((sum, request) => sum + request.sent, 0)

describe('a download', () => {
  it('arrives, with progress up to its end', async () => {
    const told: [number, number | null][] = []
    await fetchIt({ onProgress: (...progress) => told.push(progress) })
    expect(isWhole()).toBe(true)
    expect(told.at(-1)).toEqual([content.length, content.length])
    expect(fs.readdirSync(dir)).toEqual(['file.part'])
  })

  it('goes on where the connection broke, by itself, and asks for no byte twice', async () => {
    server.manners.breakAfterBytes = 400_000
    await fetchIt()
    expect(isWhole()).toBe(true)
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=400000-', 'bytes=800000-'])
    expect(server.requests[1]?.ifRange).toBe('"first"')
    expect(sent()).toBe(content.length)
  })

  it('goes on in another process’s part, also without an ETag', async () => {
    fs.writeFileSync(part, content.subarray(0, 300_000))
    server.manners.etag = null
    await fetchIt()
    expect(isWhole()).toBe(true)
    expect(server.requests).toMatchObject([{ range: 'bytes=300000-', ifRange: undefined, sent: 700_000 }])
  })

  it('starts again where the server does no ranges', async () => {
    fs.writeFileSync(part, content.subarray(0, 300_000))
    server.manners.ranges = false
    await fetchIt()
    expect(isWhole()).toBe(true)
    expect(sent()).toBe(content.length)
  })

  it('starts again where the file is another by now, and is then held to its digest', async () => {
    server.manners.breakAfterBytes = 400_000
    const aborter = new AbortController()
    const stopped = fetchIt({
      onProgress: done => done >= 400_000 && aborter.abort(),
      signal: aborter.signal,
    })
    await expect(stopped).rejects.toThrow(/abort/i)
    expect(fs.statSync(part).size).toBeGreaterThanOrEqual(400_000)
    const other = randomBytes(content.length)
    server.replace(other)
    server.manners.breakAfterBytes = null
    const attempt = fetchIt()
    await expect(attempt).rejects.toMatchObject({ code: 'model_changed', value: sha256(other) })
    await expect(attempt).rejects.toThrow(new RegExp(`${sha256(other)}.*${sha256(content)}`))
    expect(fs.readdirSync(dir)).toEqual([])
  })

  it('gives a beginning that is of something else one fresh try', async () => {
    fs.writeFileSync(part, randomBytes(300_000))
    await fetchIt()
    expect(isWhole()).toBe(true)
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=300000-', undefined])
  })

  it('gives a part that is longer than the file a fresh try', async () => {
    fs.writeFileSync(part, randomBytes(content.length + 5))
    await fetchIt({}, wanted(undefined, null))
    expect(isWhole()).toBe(true)
  })

  it('takes a part that is whole as it is', async () => {
    fs.writeFileSync(part, content)
    await fetchIt()
    expect(server.requests).toEqual([])
  })

  it('keeps its part when it is stopped', async () => {
    server.manners.pauseMs = 20
    const aborter = new AbortController()
    const attempt = fetchIt({ signal: aborter.signal, onProgress: () => aborter.abort() })
    await expect(attempt).rejects.toThrow(/abort/i)
    const kept = fs.statSync(part).size
    expect(kept).toBeGreaterThan(0)
    server.manners.pauseMs = 0
    await fetchIt()
    expect(isWhole()).toBe(true)
    expect(server.requests.at(-1)?.range).toBe(`bytes=${kept}-`)
  })
})

describe('a server', () => {
  it('that stalls is left, and asked again', async () => {
    server.manners.stallAfterBytes = 600_000
    await fetchIt()
    expect(isWhole()).toBe(true)
    expect(server.requests).toHaveLength(2)
  })

  it('that never sends a byte is given up', async () => {
    server.manners.stallAfterBytes = 0
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining('nothing for 300 ms'),
    })
    expect(server.requests).toHaveLength(2)
  })

  it.each([
    [404, 1],
    [403, 1],
    [500, 2],
    [429, 2],
  ])('that answers %i is asked %i times', async (status, times) => {
    server.manners.status = status
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringContaining(`answers ${status}`),
      remedy: expect.stringContaining('ringside model add FILE'),
    })
    expect(server.requests).toHaveLength(times)
  })

  it('that has another length is refused before its body', async () => {
    const attempt = fetchIt({}, { ...wanted(), bytes: 999_999 })
    await expect(attempt).rejects.toThrow(/1000000 bytes there, 999999 are expected/)
    expect(fs.statSync(part).size).toBe(0)
  })

  it('that declares over 1 GiB is refused before its body', async () => {
    server.manners.contentLength = 2 ** 30 + 1
    await expect(fetchIt({}, wanted(undefined, null))).rejects.toThrow(/at most 1073741824/)
  })

  it('that sends more than the file has is cut off', async () => {
    server.manners.contentLength = null
    const attempt = fetchIt({}, { ...wanted(), bytes: 500_000 })
    await expect(attempt).rejects.toThrow(/sends more than 500000 bytes/)
    expect(fs.statSync(part).size).toBeLessThanOrEqual(500_000)
  })

  it('that redirects is followed', async () => {
    server.manners.redirectTo = '/elsewhere'
    await fetchIt({}, wanted(`${server.url}/redirect`))
    expect(isWhole()).toBe(true)
  })

  it('that redirects for ever is left', async () => {
    server.manners.redirectTo = '/redirect'
    await expect(fetchIt({}, wanted(`${server.url}/redirect`))).rejects.toThrow(/redirects more than 5 times/)
  })

  it.each([
    'http://192.0.2.1/x',
    'file:///etc/passwd',
    'ftp://127.0.0.1/x',
    'https://user:secret@example.com/x',
  ])('may not redirect to %s', async target => {
    server.manners.redirectTo = target
    const attempt = fetchIt({}, wanted(`${server.url}/redirect`))
    await expect(attempt).rejects.toMatchObject({ code: 'download_failed' })
    await expect(attempt).rejects.toThrow(/^(?!.*secret).*https:\/\/ only/)
  })

  it.each(['http://example.com/x.onnx', 'file:///x.onnx', 'nonsense'])(
    'is not looked for at %s',
    async address => {
      await expect(fetchIt({}, wanted(address))).rejects.toMatchObject({ code: 'download_failed' })
    },
  )

  it('that is not there is said plainly', async () => {
    const attempt = fetchIt({}, wanted(`http://127.0.0.1:${await freePort()}/x`))
    await expect(attempt).rejects.toMatchObject({
      code: 'no_network',
      message: expect.stringMatching(/cannot be reached \(.*ECONNREFUSED/),
      remedy: expect.stringContaining('ringside model add FILE'),
    })
  })

  it('whose name nobody knows is said plainly', async () => {
    const attempt = fetchIt({}, wanted('https://models.invalid/x.onnx'))
    await expect(attempt).rejects.toMatchObject({ code: 'no_network' })
  })

  it('that is no web server is said plainly', async () => {
    const junk = net.createServer(socket => socket.end('SSH-2.0-x\r\n'))
    await new Promise<void>(resolve => junk.listen(0, '127.0.0.1', resolve))
    const { port } = junk.address() as net.AddressInfo
    const attempt = fetchIt({}, wanted(`http://127.0.0.1:${port}/x`))
    await expect(attempt).rejects.toMatchObject({ code: 'download_failed' })
    junk.close()
  })
})

/** A key and a certificate that nobody has signed. */
const openssl = spawnSync('openssl', ['version']).status === 0

it.skipIf(!openssl)(
  `a server whose certificate nobody vouches for is refused${openssl ? '' : ' (skipped: no openssl)'}`,
  async () => {
    const [key, cert] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-days', '2', '-nodes']
    spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', key, '-out', cert])
    const secure = https.createServer(
      { key: fs.readFileSync(key), cert: fs.readFileSync(cert) },
      (_, response) => response.end(content),
    )
    await new Promise<void>(resolve => secure.listen(0, '127.0.0.1', resolve))
    const { port } = secure.address() as net.AddressInfo
    const attempt = fetchIt({}, wanted(`https://localhost:${port}/model.onnx`))
    await expect(attempt).rejects.toMatchObject({
      code: 'download_failed',
      message: expect.stringMatching(/self.signed/),
    })
    secure.close()
  },
)

it('two downloads of one file do not mix: the second is refused', async () => {
  server.manners.pauseMs = 10
  const first = fetchIt()
  await new Promise(resolve => setTimeout(resolve, 60))
  await expect(fetchIt()).rejects.toThrow(/Another process/)
  await first
  expect(isWhole()).toBe(true)
})
