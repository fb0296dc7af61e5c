/** `ringside up` as a person runs it: what it prints, what it refuses, and that nothing is left of it, however it ends. */
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../../shared/clock.js'
import { mappedSlabs, runRingside, startUp, type UpProcess } from '../tools/up-process.js'

const running: UpProcess[] = []
const up = (...args: Parameters<typeof startUp>): UpProcess => {
  const process = startUp(...args)
  running.push(process)
  return process
}
afterEach(async () => {
  for (const process of running.splice(0)) await process.close()
})

describe('ringside up', () => {
  it('prints an address that opens, and leaves nothing after Ctrl-C', async () => {
    const ringside = up()
    const { url, token } = await ringside.address()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/api/v1/streams`)).status).toBe(401)
    const authorised = await fetch(`${url}/api/v1/streams`, { headers: { authorization: `Bearer ${token}` } })
    expect(await authorised.json()).toEqual({ streams: [] })
    expect(Buffer.from(token, 'base64url').length).toBe(32)
    const runFile = path.join(ringside.dataDir, 'run/ringside.json')
    expect(JSON.parse(fs.readFileSync(runFile, 'utf8'))).toEqual({ url, token, pid: ringside.child.pid })
    await untilOk(`${url}/readyz`)
    const slabs = mappedSlabs(pidOf(ringside, 'infer'))
    expect(slabs.length).toBe(1)
    expect(fs.existsSync(slabs[0] as string)).toBe(true)

    const stoppedAtMs = monotonicMs()
    ringside.child.kill('SIGINT')
    expect((await ringside.result).code).toBe(0)
    expect(monotonicMs() - stoppedAtMs).toBeLessThan(10_000)
    expect(ringside.processes()).toEqual([])
    expect(fs.existsSync(slabs[0] as string)).toBe(false)
    expect(fs.readdirSync(path.join(ringside.dataDir, 'run'))).toEqual([])
    expect((await ringside.result).stderr).toBe('')
  })

  it('leaves no process after kill -9, and starts again on the same folder with the streams it had', async () => {
    const first = up()
    const { url, token } = await first.address()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ id: 'gate', url: 'rtsp://127.0.0.1:9/live', enabled: false })
    expect((await fetch(`${url}/api/v1/streams`, { method: 'POST', headers, body })).status).toBe(201)
    await sleep(500) // the snapshot that registering asks for
    first.child.kill('SIGKILL')
    await first.result
    await until(() => first.processes().length === 0, 2000)

    const second = up(['up'], {}, first.dataDir)
    const address = await second.address()
    const { stdout } = await runRingside(['stream', 'ls', '--json'], { RINGSIDE_DATA_DIR: first.dataDir })
    expect(JSON.parse(stdout).streams.map((stream: { id: string }) => stream.id)).toEqual(['gate'])
    expect(address.token).not.toBe(token)
    second.child.kill('SIGTERM')
    expect((await second.result).code).toBe(0)
  })

  it('starts a stage again that was killed', async () => {
    const ringside = up()
    const { url } = await ringside.address()
    const publish = pidOf(ringside, 'publish')
    process.kill(publish, 'SIGKILL')
    await until(() => pidOf(ringside, 'publish') !== publish, 5000)
    await untilOk(`${url}/healthz`)
    expect(ringside.output()).toContain('publish ended (SIGKILL); it starts again in 250 ms')
  })

  it('is gone within 10 s of Ctrl-C even where every stage hangs', async () => {
    const ringside = up(['demo', '--cameras', '1'])
    const { url } = await ringside.address()
    await untilOk(`${url}/readyz`)
    const slabs = mappedSlabs(pidOf(ringside, 'infer'))
    for (const stage of ['ingest', 'infer', 'publish']) process.kill(pidOf(ringside, stage), 'SIGSTOP')
    const stoppedAtMs = monotonicMs()
    ringside.child.kill('SIGINT')
    expect((await ringside.result).code).toBe(0)
    expect(monotonicMs() - stoppedAtMs).toBeLessThan(10_000)
    expect(ringside.processes()).toEqual([])
    expect(slabs.filter(file => fs.existsSync(file))).toEqual([])
    expect(ringside.output()).toContain('infer did not end within 2300 ms and was killed')
  })

  it('kills at once on the second Ctrl-C', async () => {
    const ringside = up()
    const { url } = await ringside.address()
    await untilOk(`${url}/readyz`)
    const slabs = mappedSlabs(pidOf(ringside, 'infer'))
    process.kill(pidOf(ringside, 'ingest'), 'SIGSTOP') // does not hear the first
    ringside.child.kill('SIGINT')
    await until(() => ringside.output().includes('once more kills at once'), 3000)
    ringside.child.kill('SIGINT')
    expect((await ringside.result).code).toBe(130)
    await until(() => ringside.processes().length === 0, 2000)
    expect(slabs.length).toBe(1)
    expect(slabs.filter(file => fs.existsSync(file))).toEqual([])
  })

  it('says that another one holds the data folder', async () => {
    const first = up()
    const { url } = await first.address()
    const second = await runRingside(['up'], { RINGSIDE_DATA_DIR: first.dataDir, RINGSIDE_PORT: '0' })
    expect(second.code).toBe(6)
    expect(second.stderr).toContain(`process ${first.child.pid}, at ${url}`)
    expect(second.stderr).toMatch(/\n {2}Stop that one/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(fs.existsSync(path.join(first.dataDir, 'run/ringside.json'))).toBe(true)
  })

  it('says that the port is taken, and how to choose another', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as net.AddressInfo
    const ringside = up(['up'], { RINGSIDE_PORT: String(port) })
    const { code, stderr } = await ringside.result
    server.close()
    expect(code).toBe(6)
    expect(stderr).toBe(
      `ringside: Another program listens on 127.0.0.1:${port}.\n  Stop it, or choose another port: RINGSIDE_PORT=${port + 1} ringside up   (0 takes a free one).\n`,
    )
    expect(ringside.processes()).toEqual([])
  })

  it('says how to install redis-server where there is none', async () => {
    const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-path-'))
    const ringside = up(['up'], { PATH: bin })
    const { code, stderr } = await ringside.result
    fs.rmSync(bin, { recursive: true })
    expect(code).toBe(7)
    expect(stderr).toContain(
      'ringside: There is no redis-server on this machine.\n  Install it: sudo apt-get install redis-server',
    )
  })

  it('stops with the message of a stage that no start mends', async () => {
    const broken = path.join(os.tmpdir(), `rs-broken-${process.pid}.onnx`)
    fs.writeFileSync(broken, 'no model')
    const ringside = up(['up'], { RINGSIDE_MODEL: broken })
    const { code, stderr } = await ringside.result
    fs.rmSync(broken)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^ringside: infer: .+\n {2}\S.+\n$/)
    expect(ringside.processes()).toEqual([])
  })

  it('works in a folder whose path is too long for a socket', async () => {
    const parent = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-long-'))
    const dataDir = path.join(parent, 'a folder with spaces & "quotes" %41', 'x'.repeat(100))
    const ringside = up(['up'], {}, dataDir)
    const { url } = await ringside.address()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    ringside.child.kill('SIGTERM')
    expect((await ringside.result).code).toBe(0)
    fs.rmSync(parent, { recursive: true })
  })
})

function pidOf(ringside: UpProcess, stage: string): number {
  const pid = ringside.processes().find(each => {
    const command = fs.readFileSync(`/proc/${each}/cmdline`, 'utf8').split('\0')
    return command.includes(stage) && command[0]?.endsWith('node')
  })
  return Number(pid)
}

async function untilOk(url: string, timeoutMs = 20_000): Promise<void> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 100) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok) return
    await sleep(100)
  }
  throw new Error(`${url} does not answer 200`)
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    if (waitedMs > timeoutMs) throw new Error(`it did not come to this: ${condition}`)
    await sleep(20)
  }
}
