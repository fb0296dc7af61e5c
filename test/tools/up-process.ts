/** A real `ringside up` (or `demo`) as a child, on a data folder and a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sleep } from '../../shared/clock.js'

export const ringside = fileURLToPath(new URL('../../dist/bin/ringside.js', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs one command to its end. */
export function runRingside(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  input?: string,
): Promise<Ended> {
  return ended(spawn(process.execPath, [ringside, ...args], { env: cleanEnvironment(environment) }), input)
}

export interface UpProcess {
  child: ChildProcess
  dataDir: string
  /** Resolves with the printed address. @throws Error where it ends before. */
  address(timeoutMs?: number): Promise<{ url: string; token: string }>
  output(): string
  result: Promise<Ended>
  /** Processes of this `up`, itself included: those that have its data folder in their environment or command line. */
  processes(): string[]
  /** Stops it where it runs, and removes the data folder. */
  close(): Promise<void>
}

export function startUp(
  args: readonly string[] = ['up'],
  environment: NodeJS.ProcessEnv = {},
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'rs-up-')),
): UpProcess {
  const env = cleanEnvironment({ RINGSIDE_DATA_DIR: dataDir, RINGSIDE_PORT: '0', ...environment })
  const child = spawn(process.execPath, [ringside, ...args], { env })
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  const result = ended(child)
  return {
    child,
    dataDir,
    output: () => output,
    result,
    processes: () => processesOf(dataDir),
    async address(timeoutMs = 30_000) {
      for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 50) {
        const address = /"address":"(http:[^"]*\/\?token=[^"]*)"/.exec(output)?.[1]
        if (address)
          return { url: new URL(address).origin, token: new URL(address).searchParams.get('token') ?? '' }
        if (child.exitCode !== null) throw new Error(`it ended: ${JSON.stringify(await result)}`)
        await sleep(50)
      }
      throw new Error(`no address within ${timeoutMs} ms:\n${output}`)
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), 12_000)
      await result
      clearTimeout(kill)
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function processesOf(dataDir: string): string[] {
  return fs.readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name)) return false
    try {
      const environment = fs.readFileSync(`/proc/${name}/environ`, 'utf8')
      const command = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8')
      return environment.includes(`RINGSIDE_DATA_DIR=${dataDir}`) || command.includes(dataDir)
    } catch {
      return false // it ended while we looked
    }
  })
}

/** Files of shared memory that a process has mapped. */
export function mappedSlabs(pid: number): string[] {
  const maps = fs.readFileSync(`/proc/${pid}/maps`, 'utf8')
  return [...new Set([...maps.matchAll(/ (\/dev\/shm\/\S+\.slab)$/gm)].map(match => match[1] as string))]
}

function cleanEnvironment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(RINGSIDE_|REDIS_URL$|VITEST|NODE_ENV$)/.test(name),
  )
  return { ...Object.fromEntries(inherited), ...extra }
}

async function ended(child: ChildProcess, input?: string): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', chunk => {
    stdout += chunk
  })
  child.stderr?.on('data', chunk => {
    stderr += chunk
  })
  child.stdin?.end(input)
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, stdout, stderr }
}
