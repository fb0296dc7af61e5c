/** Finds the FFmpeg to decode with: the configured one, else PATH's, else the bundled one of 2018, with a warning. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'

export interface Ffmpeg {
  path: string
  /** e.g. `5.1.9-0+deb12u1`. */
  version: string
  /** 5.1 or later: knows `-fps_mode`, and options in ffconcat scripts. */
  modern: boolean
}

/** @throws RingsideError `ffmpeg_missing`, with the command that installs it. */
export function findFfmpeg(configured: string, dataDir: string, log: Log): Ffmpeg {
  if (configured) return probeFfmpeg(configured, 'ingest.ffmpegPath')
  const onPath = search('ffmpeg')
  if (onPath) return probeFfmpeg(onPath, 'PATH')
  const ffmpeg = probeFfmpeg(bundled(dataDir), '@ffmpeg-installer/ffmpeg')
  log.warn(
    { ffmpeg: ffmpeg.version },
    'No FFmpeg on PATH: the bundled one is used, a build of 2018 that lacks years of security fixes. Install a current one (Debian: sudo apt-get install ffmpeg).',
  )
  return ffmpeg
}

/** Runs `-version` once: proof that the file is an FFmpeg that this machine can run. */
export function probeFfmpeg(file: string, origin: string): Ffmpeg {
  let text: string
  try {
    text = execFileSync(file, ['-version'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (cause) {
    throw missing(`The FFmpeg of ${origin} does not run: ${messageOf(cause)}`, file, cause)
  }
  const parsed = parseVersion(text)
  if (!parsed) throw missing(`The FFmpeg of ${origin} is something else.`, file)
  return { path: file, ...parsed }
}

/** First lines of `ffmpeg -version`; null where they are not FFmpeg's. Builds between releases are told by their year. */
export function parseVersion(text: string): Omit<Ffmpeg, 'path'> | null {
  const version = /^ffmpeg version (\S+)/.exec(text)?.[1]
  if (!version) return null
  const release = /^n?(\d+)\.(\d+)/.exec(version)
  if (release) {
    const major = Number(release[1])
    return { version, modern: major > 5 || (major === 5 && Number(release[2]) >= 1) }
  }
  const year = Number(/Copyright \(c\) 2000-(\d{4})/.exec(text)?.[1] ?? 0)
  return { version, modern: year >= 2023 }
}

/** The absolute path of a program on PATH, or null. */
export function search(name: string, searchPath = process.env.PATH ?? ''): string | null {
  for (const dir of searchPath.split(path.delimiter).filter(Boolean)) {
    const file = path.join(dir, name)
    if (isExecutable(file)) return file
  }
  return null
}

/** npm may have unpacked it without the execute bit, where install scripts do not run: then a copy of it is made. */
function bundled(dataDir: string): string {
  const packageName = `@ffmpeg-installer/${process.platform}-${process.arch}`
  let file: string
  try {
    const installer = createRequire(import.meta.url).resolve('@ffmpeg-installer/ffmpeg/package.json')
    file = path.join(path.dirname(createRequire(installer).resolve(`${packageName}/package.json`)), 'ffmpeg')
  } catch (cause) {
    throw missing(
      `No FFmpeg on PATH, and no bundled one for ${process.platform}-${process.arch}.`,
      'ffmpeg',
      cause,
    )
  }
  if (isExecutable(file)) return file
  const copy = path.join(dataDir, 'ffmpeg-bundled')
  if (!isExecutable(copy)) {
    fs.mkdirSync(dataDir, { recursive: true })
    fs.copyFileSync(file, `${copy}.new`)
    fs.chmodSync(`${copy}.new`, 0o755)
    fs.renameSync(`${copy}.new`, copy)
  }
  return copy
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return fs.statSync(file).isFile()
  } catch {
    return false // absent or not ours to run: the next candidate's turn
  }
}

function missing(message: string, file: string, cause?: unknown): RingsideError {
  return new RingsideError('ffmpeg_missing', message, {
    key: 'ingest.ffmpegPath',
    value: file,
    remedy: 'Install FFmpeg (Debian: sudo apt-get install ffmpeg), or set FFMPEG_PATH to one that runs.',
    cause,
  })
}
