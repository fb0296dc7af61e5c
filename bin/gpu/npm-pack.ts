/** Fetches a package’s archive with npm itself, and so from the registry, through the proxy and with the certificates that npm is set up for. */
import { spawn } from 'node:child_process'
import fs from 'node:fs/promises'
import path from 'node:path'
import { RingsideError } from '../../shared/errors.js'

const PROGRESS_PERIOD_MS = 500
/** npm's own default waits more than a minute for a registry that is not there. */
const patience = ['--fetch-retries', '1', '--fetch-retry-mintimeout', '1000']
const carried =
  'Look at the network, npm’s registry and proxy (`npm config list`); or fetch the archive elsewhere with `npm pack`, and give it with --from FILE.'

export interface FetchOptions {
  onBytes(bytes: number): void
  signal: AbortSignal
}

/**
 * No script of the package runs. npm’s cache of this call lies in `dir` too, and goes with it.
 * @param dir an empty folder.
 * @returns the archive, in `dir`; whether it is the right one is for the caller to check.
 * @throws RingsideError `gpu_provider_unavailable`; what aborts the signal, as it is.
 */
export async function npmPack(spec: string, dir: string, options: FetchOptions): Promise<string> {
  const timer = setInterval(() => {
    bytesBelow(dir).then(options.onBytes, () => undefined) // a file that npm moves meanwhile is counted next time
  }, PROGRESS_PERIOD_MS)
  try {
    await runNpm(spec, dir, options.signal)
  } finally {
    clearInterval(timer)
  }
  const archive = (await fs.readdir(dir)).find(name => name.endsWith('.tgz'))
  if (!archive) throw unavailable(spec, 'npm wrote no archive')
  return path.join(dir, archive)
}

function runNpm(spec: string, dir: string, signal: AbortSignal): Promise<void> {
  const args = [
    'pack',
    spec,
    '--pack-destination',
    dir,
    '--ignore-scripts',
    '--loglevel',
    'error',
    ...patience,
  ]
  const env = { ...process.env, npm_config_cache: path.join(dir, 'npm-cache') }
  return new Promise((resolve, reject) => {
    const npm = spawn('npm', args, { cwd: dir, env, signal, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    npm.stderr.setEncoding('utf8')
    npm.stderr.on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
    npm.once('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) return // it ends, and is waited for below
      reject(unavailable(spec, error.code === 'ENOENT' ? 'npm is not on PATH' : error.message))
    })
    npm.once('close', code => {
      if (code === 0) resolve()
      else
        reject(signal.aborted ? signal.reason : unavailable(spec, reasonOf(said) || `npm ended with ${code}`))
    })
  })
}

/** npm says much in many lines: a code, and the first that is a sentence. */
function reasonOf(said: string): string {
  const lines = [...said.matchAll(/^npm error (\S.*)$/gm)].map(([, line = '']) => line)
  const code = lines.find(line => line.startsWith('code '))?.slice('code '.length)
  const sentence = lines.find(line => !/^(code|errno|syscall) /.test(line))
  return [code, sentence].filter(Boolean).join(': ')
}

function unavailable(spec: string, why: string): RingsideError {
  return new RingsideError('gpu_provider_unavailable', `The package ${spec} cannot be fetched: ${why}.`, {
    key: 'package',
    value: spec,
    remedy: carried,
  })
}

async function bytesBelow(dir: string): Promise<number> {
  const entries = await fs.readdir(dir, { recursive: true, withFileTypes: true })
  const sizes = entries
    .filter(entry => entry.isFile())
    .map(async entry => (await fs.stat(path.join(entry.parentPath, entry.name))).size)
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
}
