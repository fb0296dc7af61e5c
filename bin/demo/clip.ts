/** What the simulated cameras show: the given file, else Debian's surveillance clip, else a test pattern with a word on how to get the clip. */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { RingsideError } from '../../shared/errors.js'

/** Of the package opencv-doc: people on a campus (PETS 2009), 768×576, 80 s. */
export const debianClip = '/usr/share/doc/opencv-doc/examples/data/vtest.avi'

export interface Clip {
  /** null: there is none; the cameras show a test pattern. */
  video: string | null
  note: string | null
}

/** @throws RingsideError where the given file cannot be read. */
export function chooseClip(given: string | undefined, fallback = debianClip): Clip {
  if (given !== undefined) return { video: readableFile(given), note: null }
  if (fs.existsSync(fallback)) return { video: fallback, note: null }
  return {
    video: null,
    note: 'No clip with people in it: the cameras show a test pattern, in which nothing is found. Install one with `sudo apt-get install opencv-doc`, or give --video FILE.',
  }
}

function readableFile(given: string): string {
  const file = path.resolve(given)
  try {
    fs.accessSync(file, fs.constants.R_OK)
    if (fs.statSync(file).isFile()) return file
  } catch (cause) {
    throw unreadable(file, cause)
  }
  throw unreadable(file)
}

function unreadable(file: string, cause?: unknown): RingsideError {
  return new RingsideError('not_found', `The video ${file} is no file that can be read.`, {
    key: '--video',
    value: file,
    remedy: 'Give the path of a video file that this user may read.',
    cause,
  })
}

/** Length of a clip in seconds; 0 where FFmpeg does not know it. */
export function clipSeconds(ffmpegPath: string, video: string): Promise<number> {
  return new Promise(resolve => {
    // With no output file FFmpeg ends with an error, after it has described its input.
    execFile(
      ffmpegPath,
      ['-hide_banner', '-nostdin', '-i', `file:${video}`],
      { timeout: 10_000 },
      (_, __, text) => {
        const [, hours, minutes, seconds] = /Duration: (\d+):(\d+):([\d.]+)/.exec(text) ?? []
        resolve(seconds === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
      },
    )
  })
}
