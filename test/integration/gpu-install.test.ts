/** `ringside gpu install`, as it is run: what is refused, with nothing left behind; and, where the real files are at hand, what is put in place. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DriverFacts } from '../../infer/engine/native/driver.js'
import { readElf } from '../../infer/engine/native/elf.js'
import { describeFinding } from '../../infer/engine/native/gpu-finding.js'
import { findGpuLibraries } from '../../infer/engine/native/libraries.js'
import { preload } from '../../infer/engine/native/preload.js'
import { lookAtProvider, providerFiles, shippedRuntime } from '../../infer/engine/native/provider.js'
import { freePort } from '../tools/free-port.js'
import { within } from '../tools/outside-data.js'

/** Three libraries of the provider, as its package holds them. */
const real = within('RINGSIDE_TEST_GPU_PROVIDER', providerFiles.cuda)
const provider = path.dirname(real.path)
/** A folder that `pip install --target` filled with NVIDIA’s wheels for the provider’s CUDA. */
const wheels = within('RINGSIDE_TEST_CUDA_LIBRARIES', 'nvidia')
const program = fileURLToPath(new URL('../../dist/bin/ringside.js', import.meta.url))

interface Ended {
  code: number | null
  stdout: string
  /** Problem details, where it failed. */
  problem: { code: string; detail: string; remedy: string } | null
}

let dir: string
let dataDir: string

function install(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, 'gpu', 'install', '--json', ...args], {
    env: { PATH: process.env.PATH, HOME: dir, RINGSIDE_DATA_DIR: dataDir, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', text => (stdout += text))
  child.stderr.on('data', text => (stderr += text))
  return new Promise(resolve => {
    child.once('close', code => {
      const line = stderr.split('\n').find(text => text.startsWith('{"problem"'))
      resolve({ code, stdout, problem: line ? JSON.parse(line).problem : null })
    })
  })
}

/** What lies in the data folder’s gpu folder, but for the lock. */
function left(): string[] {
  const gpu = path.join(dataDir, 'gpu')
  return fs.existsSync(gpu) ? fs.readdirSync(gpu).filter(name => name !== 'install.lock') : []
}

function folderOf(name: string, files: Record<string, string>): string {
  const folder = path.join(dir, name)
  fs.mkdirSync(folder)
  for (const [file, from] of Object.entries(files)) fs.copyFileSync(from, path.join(folder, file))
  return folder
}

beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ringside-gpu-install-'))
})
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(dir, 'data-'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('ringside gpu install refuses', () => {
  it('a folder whose libraries are of no known digest', async () => {
    // Real libraries, of the right names, that are not the provider’s.
    const runtime = shippedRuntime()
    const from = folderOf('other', { [providerFiles.shared]: runtime, [providerFiles.cuda]: runtime })
    const { code, problem } = await install(['--from', from])
    expect([code, problem?.code, left()]).toEqual([1, 'gpu_provider_invalid', []])
    expect(problem?.detail).toMatch(/its SHA-256 is [0-9a-f]{64}, expected is [0-9a-f]{64}/)
  })

  it('a folder that lacks a library', async () => {
    const from = folderOf('half', { [providerFiles.shared]: shippedRuntime() })
    const { problem } = await install(['--from', from])
    expect(problem?.detail).toContain(`has no ${providerFiles.cuda}`)
    expect(left()).toEqual([])
  })

  it('an archive of no known digest, and one of another digest than was vouched for', async () => {
    const archive = path.join(dir, 'some.tgz')
    fs.writeFileSync(archive, 'some')
    const unknown = await install(['--cuda', '12', '--from', archive])
    expect(unknown.problem).toMatchObject({
      code: 'gpu_provider_invalid',
      detail: expect.stringMatching(/SHA-256/),
    })
    const vouched = await install(['--from', archive, '--sha256', '0'.repeat(64)])
    expect(vouched.problem?.detail).toContain(`expected is ${'0'.repeat(64)}`)
    expect(left()).toEqual([])
  })

  it('an archive that holds no provider, whoever vouches for it', async () => {
    const archive = path.join(dir, 'none.tgz')
    fs.writeFileSync(archive, 'none')
    const sha256 = '140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe'
    const { problem } = await install(['--from', archive, '--sha256', sha256])
    expect(problem?.detail).toMatch(/cannot be unpacked: incorrect header check/)
    expect(left()).toEqual([])
  })

  it('a path that is not there, and a data folder that cannot be made', async () => {
    const missing = await install(['--from', path.join(dir, 'nowhere')])
    expect(missing.problem?.detail).toBe(`There is no ${path.join(dir, 'nowhere')}.`)
    const { code } = await install(['--cuda', '13'], { RINGSIDE_DATA_DIR: '/proc/ringside' })
    expect(code).toBe(1)
  })

  it('to replace a folder that holds something else', async () => {
    const target = folderOf('mine', { 'precious.so': shippedRuntime() })
    const { problem } = await install(['--from', path.join(dir, 'none.tgz'), '--dir', target])
    expect(problem?.detail).toContain('holds files of something else')
    expect(fs.readdirSync(target)).toEqual(['precious.so'])
  })

  it('to fetch without a network: with a reason, and another way', async () => {
    const registry = `http://127.0.0.1:${await freePort()}`
    const { code, problem } = await install(['--cuda', '13'], { npm_config_registry: registry })
    expect([code, problem?.code]).toEqual([1, 'gpu_provider_unavailable'])
    expect(problem?.detail).toContain('ECONNREFUSED')
    expect(problem?.remedy).toContain('--from')
    expect(left()).toEqual(['fetched'])
    expect(fs.readdirSync(path.join(dataDir, 'gpu/fetched'))).toEqual([])
  })
})

/** What a driver of CUDA 13 says: everything below it can be looked at without one. */
const driver: DriverFacts = {
  state: 'usable',
  code: null,
  message: '',
  cudaVersion: 13_000,
  devices: 1,
  version: '580.65.06',
  pciDevices: 1,
  inContainer: false,
}

describe('libraries of the GPU', () => {
  const find = (): ReturnType<typeof findGpuLibraries> =>
    findGpuLibraries({ dataDir, providerDir: '', libraryPath: '', env: {} }, driver)

  it('lack the provider at first, and the command that installs it is given', () => {
    expect(find()).toMatchObject({
      ready: false,
      findings: [{ found: 'not installed', remedy: 'ringside gpu install --cuda 13' }],
    })
  })

  it('are not taken from a provider folder with a runtime of another kind', () => {
    const folder = path.join(dataDir, 'gpu/ort-1.29.0-cuda13')
    fs.mkdirSync(folder, { recursive: true })
    for (const name of ['libonnxruntime.so.1', providerFiles.shared, providerFiles.cuda])
      fs.copyFileSync(shippedRuntime(), path.join(folder, name))
    expect(find()).toMatchObject({
      ready: false,
      findings: [{ file: path.join(folder, providerFiles.cuda), wanted: expect.stringContaining('1.29.0') }],
    })
  })
})

describe.skipIf(real.missing)(`the real provider${real.note}`, () => {
  it('is put in place with its runtime, verified, and renewed where it was damaged', async () => {
    const first = await install(['--from', provider])
    expect(first.problem).toBeNull()
    const { dir: at, outcome, cudaMajor, files } = JSON.parse(first.stdout)
    expect([outcome, Object.keys(files).length]).toEqual(['installed', 4])
    expect(lookAtProvider(path.join(at, providerFiles.cuda))).toEqual({ version: '1.29.0', cudaMajor })
    // A copy, not a link: the loader would take a link for the runtime of onnxruntime-node.
    const runtime = path.join(at, 'libonnxruntime.so.1')
    expect(fs.statSync(runtime).ino).not.toBe(fs.statSync(shippedRuntime()).ino)
    const again = await install(['--cuda', String(cudaMajor)])
    expect(JSON.parse(again.stdout).outcome).toBe('already there')
    fs.appendFileSync(path.join(at, providerFiles.shared), 'x')
    const renewed = await install(['--from', provider])
    expect(JSON.parse(renewed.stdout).outcome).toBe('replaced')
    expect(left()).toEqual([path.basename(at)])
  })

  it('of another CUDA than was asked for is refused', async () => {
    const { cudaMajor } = lookAtProvider(real.path)
    const { problem } = await install(['--from', provider, '--cuda', cudaMajor === 13 ? '12' : '13'])
    expect(problem?.detail).toContain(`for CUDA ${cudaMajor}; wanted is 1.29.0 for CUDA`)
    expect(left()).toEqual([])
  })

  it('needs CUDA and cuDNN: each that lacks is named with the command that brings it', async () => {
    await install(['--from', provider])
    const found = findGpuLibraries({ dataDir, providerDir: '', libraryPath: '', env: {} }, driver)
    if (found.ready) {
      expect(found.preload.map(file => path.basename(file))).toContain('libcudnn.so.9')
      return
    }
    expect(found.findings.map(({ file }) => path.basename(file))).toContain('libcudnn.so.9')
    expect(new Set(found.findings.map(({ remedy }) => remedy)).size).toBe(1)
    expect(found.findings[0]?.remedy).toContain(`--target ${dataDir}/gpu/cuda`)
  })

  it.skipIf(wheels.missing)(
    `is ready with CUDA’s wheels, which load in the order given${wheels.note}`,
    async () => {
      await install(['--from', provider])
      const libraryPath = path.dirname(wheels.path)
      const found = findGpuLibraries({ dataDir, providerDir: '', libraryPath, env: {} }, driver)
      if (!found.ready) throw new Error(found.findings.map(describeFinding).join('\n'))
      expect(found.cudnn).toMatch(new RegExp(`^9\\.\\d+\\.\\d+ for CUDA ${found.cudaMajor}\\.`))
      const names = found.preload.map(file => path.basename(file))
      const late = found.preload.filter((file, at) =>
        readElf(file).needed.some(need => names.indexOf(need) > at),
      )
      expect(late).toEqual([])
      preload(found.preload)
      const maps = fs.readFileSync('/proc/self/maps', 'utf8')
      expect(found.preload.filter(file => !maps.includes(fs.realpathSync(file)))).toEqual([])
    },
  )
})
