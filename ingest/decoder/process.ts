/** One FFmpeg process: started so that it dies with us, fed its script on stdin, ended within a bounded time. */
import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import type { Log } from '../../shared/log.js'
import { openPipe } from '../../shared/native/libc.js'
import { search } from './ffmpeg-path.js'

/** The most that Linux gives an ordinary user: several frames, so that FFmpeg seldom waits for us. */
const PIPE_BYTES = 1_048_576
const STDERR_BYTES = 65_536

export interface DecoderProcess {
  pid: number | null
  /** Read ends: pixels and messages. The caller closes them. */
  pixelsFd: number
  messagesFd: number
  /** Resolves when the process is gone, however it went. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** SIGTERM, and SIGKILL after the grace: blocked on a full pipe, FFmpeg ignores SIGTERM. Idempotent. */
  stop(graceMs: number): void
}

let warned = false

export function spawnDecoder(
  ffmpeg: string,
  args: readonly string[],
  script: string,
  log: Log,
): DecoderProcess {
  const pixels = openPipe(PIPE_BYTES)
  const messages = openPipe(STDERR_BYTES)
  const [file, all] = withParentDeath(ffmpeg, args, log)
  const child = spawn(file, all, {
    stdio: ['pipe', pixels.writeFd, messages.writeFd],
    cwd: '/',
    env: environment(),
  })
  // The child has its own copies: with ours closed, its end is the pipes' end.
  fs.closeSync(pixels.writeFd)
  fs.closeSync(messages.writeFd)
  const exited = exitOf(child, log)
  child.stdin?.on('error', error => log.debug({ err: error }, 'the decoder did not read its script'))
  child.stdin?.end(script)
  return {
    pid: child.pid ?? null,
    pixelsFd: pixels.readFd,
    messagesFd: messages.readFd,
    exited,
    stop: graceMs => stop(child, exited, graceMs),
  }
}

function exitOf(child: ChildProcess, log: Log): DecoderProcess['exited'] {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', error => {
      log.error({ err: error }, 'the decoder could not be started')
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
  })
}

function stop(child: ChildProcess, exited: Promise<unknown>, graceMs: number): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  void exited.then(() => clearTimeout(timer))
}

/** Without it a decoder outlives a killed ingest, and would hold the camera's connection. */
export function withParentDeath(program: string, args: readonly string[], log: Log): [string, string[]] {
  const setpriv = search('setpriv')
  if (setpriv) return [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]]
  if (!warned) {
    log.warn('setpriv (package util-linux) is not on PATH: decoders outlive an ingest that is killed.')
    warned = true
  }
  return [program, [...args]]
}

/** Nothing of ours: the decoder parses untrusted input, and the environment holds secrets. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH } = process.env
  return { PATH, LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1', ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) }
}
