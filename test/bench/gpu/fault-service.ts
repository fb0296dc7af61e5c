/** A whole Ringside with a camera that never ends, whose infer process loses its GPU: what is published, how soon it ends, that it comes back. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { sleep } from '../../../shared/clock.js'
import { packageRoot } from '../../../shared/process/version.js'
import { besideOnnxruntimeNode } from './gpu-host.js'
import { type Check, check, end, judged } from './outcome.js'

const END_WITHIN_MS = 1000
const START_MS = 90_000
const LOOK_MS = 5

/** Poison, or what tries this program where there is no GPU. */
export interface Blow {
  engine: 'cuda' | 'onnxruntime'
  signal: NodeJS.Signals
}

export const poisoned: Blow = { engine: 'cuda', signal: 'SIGUSR2' }

/** Nothing is checked, and it says so, where a program is missing. */
export async function struckService(blow: Blow = poisoned): Promise<Check[]> {
  for (const [program, flag] of [
    ['redis-server', '--version'],
    ['ffmpeg', '-version'],
  ] as const) {
    if (spawnSync(program, [flag]).status === 0) continue
    console.log(`service: not done, since there is no ${program} on PATH`)
    return []
  }
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-fault-'))
  const up = startUp(dir, blow)
  try {
    return await strike(up, dir, blow)
  } catch (error) {
    throw new Error(`${error}\n${up.output().slice(-4000)}`)
  } finally {
    up.child.kill('SIGTERM')
    await Promise.race([up.ended, sleep(15_000)])
    up.child.kill('SIGKILL')
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

interface Up {
  child: ChildProcess
  ended: Promise<unknown>
  output(): string
}

function startUp(dir: string, { engine }: Blow): Up {
  const poison = new URL('./poison.js', import.meta.url).href
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('RINGSIDE_'))
  const env = {
    ...Object.fromEntries(others),
    NODE_OPTIONS: `--import ${poison}`,
    RINGSIDE_DATA_DIR: dir,
    RINGSIDE_PORT: '0',
    RINGSIDE_INFER_ENGINE: engine,
    RINGSIDE_INFER_GPU_PROVIDER_DIR: besideOnnxruntimeNode(),
    RINGSIDE_INGEST_ALLOW_FILE_SOURCES: 'true',
    // Nothing here is about speed: what takes seconds to compile is left out.
    RINGSIDE_MODEL_CUDA_FUSE_CONV_BIAS: 'false',
    RINGSIDE_INFER_BUCKETS: '[1,2]',
  }
  const child = spawn(process.execPath, [path.join(packageRoot, 'dist/bin/ringside.js'), 'up'], { env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk
    })
  }
  return { child, ended: new Promise(resolve => child.once('exit', resolve)), output: () => output }
}

async function strike(up: Up, dir: string, { engine, signal }: Blow): Promise<Check[]> {
  const { url, token } = await addressOf(up)
  await addCamera(url, token, clipIn(dir))
  const arrivals: number[] = []
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws?token=${token}`)
  socket.once('open', () => socket.send(JSON.stringify({ type: 'subscribe' })))
  socket.on('message', data => {
    if ((JSON.parse(String(data)) as { type: string }).type === 'detections') arrivals.push(performance.now())
  })
  await until(() => arrivals.length > 50, START_MS, 'detections')
  const pid = inferOf(up)
  const outputAtStrike = up.output().length
  const struckAt = performance.now()
  process.kill(pid, signal)
  await until(() => !isAlive(pid), 20_000, `process ${pid} to end`)
  const endedMs = performance.now() - struckAt
  const before = arrivals.length
  await until(() => arrivals.length > before + 50, START_MS, 'detections of a new infer')
  const gapMs = arrivals[before]! - struckAt
  socket.terminate()
  const lastWords = `no word of it in: ${up.output().slice(outputAtStrike).slice(0, 3000)}`
  // Whoever touches the lost context first says it: the engine, or a destructor of ONNX Runtime, which can only abort.
  const fault = /"code":"gpu_lost"[^\n]*|CUDA failure 7\d\d[^\n]*/.exec(up.output())?.[0] ?? ''
  return [
    check(
      'service: infer ends within a second of the fault',
      endedMs <= END_WITHIN_MS,
      `${endedMs.toFixed(0)} ms`,
    ),
    ...(engine === 'cuda'
      ? [check('service: its log says why', fault !== '', fault.slice(0, 300) || lastWords)]
      : []),
    check(
      'service: another infer takes its place, and detections come again',
      inferOf(up) !== pid,
      `after ${(gapMs / 1000).toFixed(1)} s`,
    ),
  ]
}

async function addressOf(up: Up): Promise<{ url: string; token: string }> {
  const found = (): string | undefined => /"address":"(http:[^"]*\/\?token=[^"]*)"/.exec(up.output())?.[1]
  await until(() => found() !== undefined, START_MS, 'the address')
  const address = new URL(found()!)
  return { url: address.origin, token: address.searchParams.get('token') ?? '' }
}

/** Ten minutes of a test picture, read in real time. */
function clipIn(dir: string): string {
  const clip = path.join(dir, 'clip.mp4')
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=640x360:rate=10:duration=600']
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '20', clip]
  execFileSync('ffmpeg', ['-v', 'error', ...source, ...codec])
  return clip
}

async function addCamera(url: string, token: string, clip: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/streams`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'camera', url: `file://${clip}`, fps: 10 }),
  })
  if (response.status !== 201) throw new Error(`POST /streams: ${response.status} ${await response.text()}`)
}

/** The child of this `up` that infers. */
function inferOf({ child }: Up): number {
  for (const name of fs.readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
    try {
      const parent = /^PPid:\s+(\d+)$/m.exec(fs.readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]
      const words = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      if (parent === String(child.pid) && words.includes('infer')) return Number(name)
    } catch (error) {
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error // it ended meanwhile
    }
  }
  return Number.NaN
}

/** One that ended and is not yet collected is not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function until(condition: () => boolean, timeoutMs: number, what: string): Promise<void> {
  const endAt = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > endAt) throw new Error(`no ${what} within ${timeoutMs} ms`)
    await sleep(LOOK_MS)
  }
}

/** By itself: on the CPU, with a blow that every process feels. */
if (fileURLToPath(import.meta.url) === process.argv[1]) {
  await end(async () => judged(await struckService({ engine: 'onnxruntime', signal: 'SIGKILL' })))
}
