/** The command line against a running demo: what it prints, the JSON it gives, the codes it exits with, and the examples of the repository. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Camera, startCamera } from '../../bin/demo/camera/camera.js'
import { debianClip } from '../../bin/demo/clip.js'
import type { StreamView } from '../../shared/api/views.js'
import { sleep } from '../../shared/clock.js'
import type { DetectionsMessage } from '../../shared/detection/message.js'
import { packageRoot } from '../../shared/process/version.js'
import { type Ended, runRingside, startUp, type UpProcess } from '../tools/up-process.js'

let demo: UpProcess
let address: { url: string; token: string }
let locked: Camera

const cli = (args: string[], environment: NodeJS.ProcessEnv = {}, input?: string): Promise<Ended> =>
  runRingside(args, { RINGSIDE_DATA_DIR: demo.dataDir, ...environment }, input)

beforeAll(async () => {
  demo = startUp(['demo', '--cameras', '1'])
  address = await demo.address()
  locked = await startCamera({ ffmpegPath: 'ffmpeg', video: null, auth: { user: 'op', password: 's3cret' } })
  await untilLive('demo-1')
})
afterAll(async () => {
  await locked?.close()
  await demo?.close()
})

async function view(id: string): Promise<StreamView> {
  return JSON.parse((await cli(['stream', 'show', id, '--json'])).stdout)
}
async function untilLive(id: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 300) {
    const { stdout, code } = await cli(['stream', 'show', id, '--json'])
    if (code === 0 && JSON.parse(stdout).state === 'live') return
    await sleep(300)
  }
  throw new Error(`${id} is not live:\n${demo.output()}`)
}

/** Every error is "ringside: message", then the remedy, indented. */
function expectError({ code, stdout, stderr }: Ended, exitCode: number, message: RegExp): void {
  expect(stderr).toMatch(/^ringside: .+\n {2}\S.+\n$/)
  expect(stderr).toMatch(message)
  expect(stdout).toBe('')
  expect(code).toBe(exitCode)
}

describe('reading', () => {
  it('lists and shows streams, for people and as JSON', async () => {
    expect((await cli(['stream', 'ls'])).stdout).toMatch(/^ID +STATE .+\ndemo-1 +live /)
    const { streams } = JSON.parse((await cli(['stream', 'ls', '--json'])).stdout)
    expect(streams).toMatchObject([{ id: 'demo-1', state: 'live' }])
    expect((await cli(['stream', 'show', 'demo-1'])).stdout).toMatch(
      /^frames +\d+ received = \d+ inferred \+ \d+ dropped \+ \d+ in flight$/m,
    )
  })

  it('tells which model is loaded', async () => {
    const { models } = JSON.parse((await cli(['model', 'ls', '--json'])).stdout)
    expect(models).toMatchObject([
      { name: 'ringside-nano', precision: 'fp32', state: 'loaded', problem: null },
      { name: 'ringside-nano@fp16', precision: 'fp16', state: 'available', problem: null },
    ])
    expect((await cli(['model', 'ls'])).stdout).toMatch(/^ringside-nano +shipped +yolox +416×416 .*loaded/m)
    const alone = await cli(['model', 'ls', '--json'], { RINGSIDE_DATA_DIR: '/nonexistent' })
    expect(JSON.parse(alone.stdout).models).toMatchObject([{ state: null }, { state: null }])
  })

  it('shows the settings, but not the token', async () => {
    const environment = { RINGSIDE_TOKEN: 'a-very-secret-token', REDIS_URL: 'redis://u:hunter2@192.0.2.1' }
    const { stdout } = await cli(['config', '--json'], environment)
    const { settings } = JSON.parse(stdout) as {
      settings: { key: string; value: unknown; variables: string[] }[]
    }
    const found = new Map(settings.map(setting => [setting.key, setting]))
    expect(found.get('server.token')?.value).toBe('(hidden)')
    expect(found.get('redis.url')?.value).toBe('redis://192.0.2.1')
    expect(found.get('server.port')).toMatchObject({ value: 8080, isDefault: true })
    expect(found.get('server.port')?.variables).toContain('RINGSIDE_PORT')
    const text = (await cli(['config'], environment)).stdout
    for (const secret of ['a-very-secret-token', 'hunter2']) expect(stdout + text).not.toContain(secret)
  })

  it('finds this machine fit, and says what is wrong with one that is not', async () => {
    const well = await cli(['doctor', '--json'])
    const { ok, findings } = JSON.parse(well.stdout)
    // What holds a running Ringside back changes with the load of this machine; that it was looked at does not.
    const ofDevice = findings.filter(({ check }: { check: string }) => check.startsWith('cpu-0: '))
    expect(ofDevice.map(({ check }: { check: string }) => check)).toEqual(
      ['memory', 'idle gaps', 'bandwidth', 'verdict'].map(side => `cpu-0: ${side}`),
    )
    const ofMachine = findings.filter((finding: { check: string }) => !ofDevice.includes(finding))
    expect(ofMachine.filter((finding: { verdict: string }) => finding.verdict !== 'ok')).toEqual([])
    expect([ok, well.code]).toEqual([true, 0])
    const ill = await cli(['doctor', '--json'], {
      RINGSIDE_REDIS_SERVER_PATH: 'no-such-redis',
      RINGSIDE_MODEL: 'no-such-model',
      RINGSIDE_PORT: new URL(address.url).port,
      RINGSIDE_DATA_DIR: '/etc/passwd/nowhere',
    })
    expect(ill.code).toBe(1)
    const failed = JSON.parse(ill.stdout).findings.filter(
      (finding: { verdict: string }) => finding.verdict === 'fail',
    )
    const checks = failed.map((finding: { check: string }) => finding.check)
    expect(checks).toEqual(['redis-server', 'data folder', 'port', 'model', 'shared memory'])
    for (const finding of failed) expect(finding.remedy).toBeTruthy()
  })
})

describe('changing', () => {
  it('adds a camera with a password from stdin, waits for it, pauses, resumes and removes it', async () => {
    const added = await cli(
      ['stream', 'add', 'yard', '--url-stdin', '--wait', '--fps', '5'],
      {},
      `${locked.url}\n`,
    )
    expect(added).toMatchObject({ code: 0, stdout: 'yard: live\n' })
    expect(await view('yard')).toMatchObject({ fps: 5, url: locked.url.replace('op:s3cret@', '') })
    expect(await cli(['stream', 'pause', 'yard'])).toMatchObject({ code: 0, stdout: 'yard is paused\n' })
    expect((await view('yard')).enabled).toBe(false)
    expect((await cli(['stream', 'resume', 'yard'])).code).toBe(0)
    await untilLive('yard')
    expect(await cli(['stream', 'rm', 'yard'])).toMatchObject({ code: 0, stdout: 'yard is removed\n' })
    expectError(await cli(['stream', 'show', 'yard']), 3, /yard/)
  })

  it('tells with --wait what is wrong with a camera', async () => {
    const url = locked.url.replace('s3cret', 'wr0ng-password')
    const { code, stdout, stderr } = await cli(['stream', 'add', 'wrong', url, '--wait'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^wrong: failed: .+/)
    expect(stdout + stderr + demo.output()).not.toContain('wr0ng-password')
    await cli(['stream', 'rm', 'wrong'])
  })

  it.each([
    ['a stream that is not', ['stream', 'show', 'nobody'], {}, 3, /nobody/],
    ['a stream to watch that is not', ['stream', 'watch', 'nobody'], {}, 3, /nobody/],
    ['a second stream of an id', ['stream', 'add', 'demo-1', 'rtsp://127.0.0.1:9/x'], {}, 6, /demo-1/],
    ['a bad id', ['stream', 'add', 'Demo!', 'rtsp://127.0.0.1:9/x'], {}, 2, /id/],
    ['a bad scheme', ['stream', 'add', 'x', 'http://127.0.0.1:9/x'], {}, 2, /http/],
    ['no source', ['stream', 'add', 'x'], {}, 2, /URL/],
    ['a wrong token', ['stream', 'ls', '--token', 'wrong'], {}, 5, /token/],
    ['a wrong token to watch with', ['stream', 'watch', '--token', 'wrong'], {}, 5, /token/],
    [
      'nothing that listens',
      ['stream', 'ls', '--url', 'http://127.0.0.1:9', '--token', 'x'],
      {},
      4,
      /127.0.0.1:9/,
    ],
    ['nothing that runs', ['stream', 'ls'], { RINGSIDE_DATA_DIR: '/nonexistent' }, 4, /nonexistent/],
    ['an unknown setting', ['config'], { RINGSIDE_PROT: '1' }, 2, /RINGSIDE_PROT/],
    ['a clip that is not', ['demo', '--video', '/nonexistent.mp4'], {}, 3, /nonexistent/],
  ])('refuses %s', async (_, args, environment, exitCode, message) => {
    expectError(await cli(args, environment), exitCode, message)
  })

  it.each([
    [['strem'], /unknown command/],
    [['stream', 'add'], /missing required argument/],
    [['stream', 'ls', '--jsno'], /unknown option/],
    [['stream', 'add', 'x', 'rtsp://h/x', '--priority', '12'], /from 1 to 9/],
    [['demo', '--cameras', '0'], /from 1 to 16/],
  ])('refuses the usage %j', async (args, message) => {
    const { code, stderr } = await cli(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^ringside: /)
    expect(stderr).toMatch(message)
    expect(stderr).toContain('--help')
  })

  it.each([
    [[]],
    [['up']],
    [['demo']],
    [['ingest']],
    [['stream', 'add']],
    [['stream', 'watch']],
    [['model', 'ls']],
    [['config']],
    [['gpu', 'show']],
    [['gpu', 'install']],
    [['doctor']],
    [['camera']],
  ])('explains itself: %j --help', async args => {
    const { code, stdout } = await cli([...args, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: ringside/)
    expect(stdout).toMatch(args.length === 0 ? /Exit codes:\n {2}0 / : /Examples:\n {2}\$ .*ringside /)
  })
})

const people = fs.existsSync(debianClip)
describe.skipIf(!people)(
  `watching people${people ? '' : ' (skipped: the package opencv-doc, with its clip, is not installed)'}`,
  () => {
    it('prints a line a frame, and ends on Ctrl-C with 0', async () => {
      const watch = start(['stream', 'watch', 'demo-1', '--class', 'person', '--min-score', '0.5'])
      await lines(watch, 5)
      watch.child.kill('SIGINT')
      const { code, stdout } = await watch.ended
      expect(code).toBe(0)
      expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} demo-1 #\d+ lag \d+ ms {2}\d+ person 0\.\d\d/m)
    })

    it('passes the messages on as JSON, one a line', async () => {
      const watch = start(['stream', 'watch', '--json'])
      await lines(watch, 6)
      watch.child.kill('SIGINT')
      const { stdout } = await watch.ended
      const messages = stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as DetectionsMessage)
      expect(messages.some(message => message.type === 'detections' && message.stream === 'demo-1')).toBe(
        true,
      )
    })

    it('runs examples/register.sh and examples/watch.mjs', async () => {
      const environment = { ...process.env, RINGSIDE_TOKEN: address.token }
      const registered = await example(
        ['examples/register.sh', address.url, 'side'],
        environment,
        `${locked.url}\n`,
      )
      expect(registered).toMatchObject({ code: 0, stderr: '' })
      expect(JSON.parse(registered.stdout)).toMatchObject({ id: 'side' })
      const again = await example(
        ['examples/register.sh', address.url, 'side'],
        environment,
        `${locked.url}\n`,
      )
      expect(again).toMatchObject({ code: 1, stderr: 'Ringside answered 409\n' })
      await cli(['stream', 'rm', 'side'])

      const watch = collect(
        spawn(process.execPath, ['examples/watch.mjs', address.url, 'demo-1', 'person'], {
          cwd: packageRoot,
          env: environment,
        }),
      )
      await lines(watch, 4)
      watch.child.kill('SIGINT')
      expect((await watch.ended).stdout).toMatch(/^#\d+ \d+ ms {2}person 0\.\d\d at -?\d+ -?\d+ -?\d+ -?\d+/m)
    })

    it('finds the connection again when publish was killed', async () => {
      const watch = start(['stream', 'watch', 'demo-1'])
      await lines(watch, 2)
      const { processes } = JSON.parse(
        await (
          await fetch(`${address.url}/api/v1/processes`, {
            headers: { authorization: `Bearer ${address.token}` },
          })
        ).text(),
      )
      process.kill(processes.find((each: { stage: string }) => each.stage === 'publish').pid, 'SIGKILL')
      const before = watch.text().split('\n').length
      await lines(watch, before + 3)
      watch.child.kill('SIGINT')
      const { code, stderr } = await watch.ended
      expect(code).toBe(0)
      expect(stderr).toMatch(/ringside: the connection is lost \(.+\); again in \d+ ms/)
    })
  },
)

describe('the end of a demo', () => {
  it('takes its cameras with it', async () => {
    demo.child.kill('SIGINT')
    expect((await demo.result).code).toBe(0)
    expect(demo.processes()).toEqual([])
    const after = startUp(['up'], {}, demo.dataDir)
    await after.address()
    expect(JSON.parse((await cli(['stream', 'ls', '--json'])).stdout).streams).toEqual([])
    after.child.kill('SIGINT')
    expect((await after.result).code).toBe(0)
  })
})

interface Collected {
  child: ChildProcess
  text(): string
  ended: Promise<Ended>
}

function start(args: string[]): Collected {
  const bin = path.join(packageRoot, 'dist/bin/ringside.js')
  return collect(
    spawn(process.execPath, [bin, ...args], { env: { ...process.env, RINGSIDE_DATA_DIR: demo.dataDir } }),
  )
}

function collect(child: ChildProcess, input?: string): Collected {
  const out = { stdout: '', stderr: '' }
  child.stdout?.on('data', chunk => {
    out.stdout += chunk
  })
  child.stderr?.on('data', chunk => {
    out.stderr += chunk
  })
  child.stdin?.end(input)
  const ended = new Promise<Ended>(resolve => child.once('close', code => resolve({ code, ...out })))
  return { child, text: () => out.stdout, ended }
}

function example(args: string[], env: NodeJS.ProcessEnv, input: string): Promise<Ended> {
  return collect(spawn('bash', args, { cwd: packageRoot, env }), input).ended
}

async function lines(source: Collected, count: number): Promise<void> {
  for (let waitedMs = 0; source.text().split('\n').length <= count; waitedMs += 50) {
    if (waitedMs > 20_000) throw new Error(`fewer than ${count} lines:\n${source.text()}`)
    await sleep(50)
  }
}
