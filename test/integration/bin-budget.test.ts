/** The commands of budgets and memory as a person runs them, against a real Ringside: what they print, refuse, and end with. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Ended, runRingside, startUp, type UpProcess } from '../tools/up-process.js'

let clips: string
let up: UpProcess
const ringside = (line: string): Promise<Ended> =>
  runRingside(line.split(' '), { RINGSIDE_DATA_DIR: up.dataDir })

/** What it prints, where it ends well. */
async function printed(line: string): Promise<string> {
  const { code, stdout, stderr } = await ringside(line)
  expect(code, `${line}\n${stderr}`).toBe(0)
  return stdout
}
const json = async (line: string) => JSON.parse(await printed(`${line} --json`))

/** Nothing on stdout, the code, and of what it complains. */
async function refused(line: string, code: number, complaint: RegExp | string): Promise<void> {
  const ended = await ringside(line)
  expect(ended, line).toMatchObject({ code, stdout: '' })
  expect(ended.stderr, line).toMatch(complaint)
  expect(ended.stderr, line).toMatch(/^ringside: .+\n {2}\S/)
}

beforeAll(async () => {
  clips = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-clips-'))
  const clip = path.join(clips, 'gate.mp4')
  const source = 'testsrc=size=320x240:rate=5:duration=8'
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-g', '5', '-pix_fmt', 'yuv420p', clip])
  up = startUp(['up'], {
    RINGSIDE_INGEST_ALLOW_FILE_SOURCES: 'true',
    RINGSIDE_BUDGET_PROFILE: 'false', // it would take the machine for longer than all of these tests
    RINGSIDE_SLAB_MAX_STREAMS: '4',
  })
  const { url } = await up.address()
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), { timeout: 30_000 })
  const limits = '--fps 5 --priority 7 --ring-slots 6 --fallback-model ringside-nano@fp16'
  expect(await printed(`stream add gate file://${clip} ${limits} --wait`)).toBe('gate: live\n')
}, 60_000)
afterAll(async () => {
  await up?.close()
  fs.rmSync(clips, { recursive: true, force: true })
})

it('a stream is changed by name, `none` takes a value away, and its history tells both', async () => {
  expect(await printed('stream set gate --fps 4 --priority 3')).toMatch(/^fps cap +4$/m)
  const view = await json('stream set gate --fps none --fallback-model none --ring-slots 4')
  expect(view).toMatchObject({ fps: null, fallbackModel: null, ringSlots: 4, priority: 3 })
  const lines = (await printed('stream history gate')).trim().split('\n').slice(1)
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatch(/changed +token:[0-9a-f]{6} +fps 5 → 4; priority 7 → 3$/)
  expect(lines[2]).toMatch(/fps 4 → none; fallbackModel ringside-nano@fp16 → none; ringSlots 6 → 4$/)
})

it('what cannot be is refused with the reason, and nothing of it is kept', async () => {
  await Promise.all([
    refused('stream set gate', 2, 'Nothing of gate is asked to be changed'),
    refused('stream set nope --fps 4', 3, 'No stream has the id nope'),
    refused('stream set gate --ring-slots 64', 6, /of ring slots it takes 64, with 16 of 16 free/),
  ])
  await Promise.all([
    refused('gpu budget cpu-9 --max-streams 2', 3, 'No device has the id cpu-9'),
    refused('gpu budget --max-streams 2.5', 2, 'Give a whole number from 0 to 4096'),
    refused('model profile nope', 3, 'There is no model nope here'),
  ])
})

it('a budget is changed, holds at once, and is taken back by `default`; the audit says who did what', async () => {
  const changed = await printed('gpu budget --max-streams 0 --utilisation 0.5')
  expect(changed).toMatch(/^maxStreams +0 \(changed\)$/m)
  expect(changed).toMatch(/^streams +1 +0 +0$/m)
  expect(changed).toMatch(/^gate +ringside-nano +3 /m)
  await vi.waitFor(async () => expect((await json('stream show gate')).state).toBe('paused'), 10_000)
  const restored = await json('gpu budget cpu-0 --max-streams default --utilisation default')
  expect(restored).toMatchObject({ overrides: {}, settings: { maxStreams: null, utilisation: 0.7 } })
  const lines = (await printed('audit')).trim().split('\n')
  expect(lines[0]).toMatch(/^WHEN +ID +WHAT +BY +CHANGES$/)
  // What was refused before left no line.
  expect(lines.filter(line => / changed +token:/.test(line))).toHaveLength(4)
  const ofDevice = lines.filter(line => / cpu-0 +changed +token:[0-9a-f]{6} /.test(line))
  expect(ofDevice[0]).toContain('maxStreams none → 0')
  expect(ofDevice[1]).toContain('maxStreams 0 → none')
  expect(lines.some(line => / gate +degraded +ringside +paused false → true; cpu-0 cannot/.test(line))).toBe(
    true,
  )
})

it('a plan ends with 0 where the streams fit, and with 6 where they do not', async () => {
  const [one, many] = await Promise.all([
    printed('plan --streams 1 --fps 1 --resolution 1080p --codec h264'),
    ringside('plan --streams 40 --fps 1 --gpu cpu-0 --decoder libav --json'),
    refused('plan --fps 2 --gpu h100', 3, 'No device and no stored profile is of h100'),
  ])
  expect(one).toContain(': 1 fits.')
  expect(many.code).toBe(6)
  expect(JSON.parse(many.stdout).plans).toMatchObject([{ device: 'cpu-0', streams: 40, fits: false }])
})

it('memory snapshots are taken and compared by id, and memory is given back', async () => {
  const a = (await printed('memory snapshot')).trim()
  const { id: b } = await json('memory snapshot')
  const [list, diff] = await Promise.all([printed('memory ls'), json(`memory diff ${a} ${b}`)])
  expect(list.split('\n').map(line => line.split(' ')[0])).toEqual(['ID', b, a, ''])
  expect(diff).toMatchObject({ from: { id: a }, to: { id: b }, streams: { added: [], removed: [] } })
  const [compacted, timeline] = await Promise.all([
    json('memory compact --device cpu-0'),
    printed('memory timeline --last 1m'),
    refused(`memory diff ${a} 20261121T143000Z-0a1b2c`, 3, 'No memory snapshot has the id 20261121T143000Z'),
  ])
  expect(compacted.compactions).toMatchObject([{ device: 'cpu-0', why: 'operator' }])
  expect(timeline).toMatch(/^TIME +IN USE .*\n\d{4}-/)
})

it('doctor knows of the Ringside that runs, and ends with 1 only where it says what must be mended', async () => {
  const { code, stdout } = await ringside('doctor --json')
  const { ok, findings } = JSON.parse(stdout)
  expect(code).toBe(ok ? 0 : 1)
  const found = new Map(findings.map((each: { check: string; found: string }) => [each.check, each.found]))
  expect(found.get('port')).toContain(`process ${up.child.pid}`)
  expect([...found.keys()]).toContain('cpu-0: verdict')
})

it('without a Ringside a command says so, and ends with 4', async () => {
  const { code, stderr } = await runRingside(['audit'], { RINGSIDE_DATA_DIR: clips })
  expect(code).toBe(4)
  expect(stderr).toContain('No Ringside runs on the data folder')
})
