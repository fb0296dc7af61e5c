/** The three stages as real processes, on a Redis, a data folder and a token of their own. */

import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Stage } from '../../shared/process/report.js'
import { freePort } from './free-port.js'
import { startRedis, type TestRedis } from './redis-server.js'

const BIN = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/bin/ringside.js' : '../../bin/ringside.js',
    import.meta.url,
  ),
)
const TOKEN = 'test-token-of-sufficient-length'

export interface Stages {
  redis: TestRedis
  dataDir: string
  url: string
  token: string
  /** What the stages wrote, one JSON object a line. */
  log(stage: Stage): string
  process(stage: Stage): ChildProcess
  start(stage: Stage): void
  /** Sends the signal and waits for the end. */
  kill(stage: Stage, signal?: NodeJS.Signals): Promise<void>
  api<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>
  /** Ends when /readyz does not complain. */
  ready(timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

export interface StageStart {
  /** Of node, e.g. for a profile. */
  flags?: readonly string[]
  /** Another program with its arguments, in the place of a stage. */
  programs?: Partial<Record<Stage, readonly string[]>>
}

export async function startStages(
  environment: Record<string, string> = {},
  { flags = [], programs = {} }: StageStart = {},
): Promise<Stages> {
  const redis = await startRedis()
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-stages-'))
  const port = await freePort()
  const processes = new Map<Stage, ChildProcess>()
  const logs = new Map<Stage, string>()
  const url = `http://127.0.0.1:${port}`
  // Ringside refuses variables that it does not know.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('RINGSIDE_TEST_'))

  function start(stage: Stage): void {
    const child = spawn(process.execPath, [...flags, ...(programs[stage] ?? [BIN, stage])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...Object.fromEntries(inherited),
        REDIS_URL: redis.url,
        RINGSIDE_DATA_DIR: dataDir,
        RINGSIDE_TOKEN: TOKEN,
        RINGSIDE_PORT: String(port),
        ...environment,
      },
    })
    for (const output of [child.stdout, child.stderr]) {
      output.on('data', chunk => logs.set(stage, (logs.get(stage) ?? '') + chunk))
    }
    processes.set(stage, child)
  }

  async function kill(stage: Stage, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = processes.get(stage)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  async function api<T>(method: string, at: string, body?: unknown): Promise<{ status: number; body: T }> {
    const response = await fetch(url + at, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text ? JSON.parse(text) : null) as T }
  }

  for (const stage of ['infer', 'ingest', 'publish'] as const) start(stage)
  return {
    redis,
    dataDir,
    url,
    token: TOKEN,
    log: stage => logs.get(stage) ?? '',
    process: stage => processes.get(stage) as ChildProcess,
    start,
    kill,
    api,
    async ready(timeoutMs = 30_000): Promise<void> {
      const until = Date.now() + timeoutMs
      for (;;) {
        const answer = await fetch(`${url}/readyz`).catch(() => null)
        if (answer?.ok) return
        if (Date.now() > until)
          throw new Error(`not ready: ${await answer?.text()}\n${[...logs.values()].join('\n')}`)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    },
    async close(): Promise<void> {
      await Promise.all((['ingest', 'infer', 'publish'] as const).map(stage => kill(stage, 'SIGTERM')))
      await redis.close()
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
