/**
 * Pictures as frames: decoded, converted to limited range and letterboxed by the very filters that streams go through.
 * For whoever runs a model outside the service: checks, comparisons, calibration.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'
import { messageOf, RingsideError } from '../../shared/errors.js'
import type { Ffmpeg } from './ffmpeg-path.js'
import { type FrameShape, filtersOf } from './filters.js'
import { everyFrameOnce, framesOfRun } from './frame-run.js'

export interface PictureFrame {
  file: string
  /** I420 of the shape's size: the bytes of a slot. */
  pixels: Uint8Array
  /** Upright, as people see and label it. */
  sourceWidthPx: number
  sourceHeightPx: number
}

/** What is known of a picture before it is decoded. */
interface Picture {
  file: string
  codec: string
  /** Filters that turn it upright. */
  upright: string[]
  widthPx: number
  heightPx: number
}

const extension = /\.(jpe?g|png|webp)$/i
const codecs: Readonly<Record<string, string>> = { jpeg: 'mjpeg', png: 'png', webp: 'webp' }

/** By EXIF orientation, 1 to 8. Done here: FFmpeg does it by itself in some versions only. */
const uprightFilters: readonly (readonly string[])[] = [
  [],
  ['hflip'],
  ['hflip', 'vflip'],
  ['vflip'],
  ['transpose=cclock_flip'],
  ['transpose=clock'],
  ['transpose=clock_flip'],
  ['transpose=cclock'],
]

/** A process for each picture took 65 ms a picture, one for 16 took 9, one for 32 took 7. */
const PICTURES_A_RUN = 16
const RUNS_AT_A_TIME = 2

/**
 * @returns absolute paths of the jpg, jpeg, png and webp files of the folder, by name.
 * @throws RingsideError `picture_unreadable` where there is no such folder or no picture in it.
 */
export async function picturesIn(dir: string): Promise<string[]> {
  const folder = path.resolve(dir)
  let names: string[]
  try {
    names = await fs.readdir(folder)
  } catch (cause) {
    throw unreadable(folder, messageOf(cause), 'Give a folder that holds pictures.')
  }
  const pictures = names.filter(name => extension.test(name)).sort()
  if (pictures.length > 0) return pictures.map(name => path.join(folder, name))
  throw unreadable(folder, 'there is no .jpg, .jpeg, .png or .webp file in it', 'Give another folder.')
}

/** @throws RingsideError `picture_unreadable`, naming the file. */
export async function decodePicture(file: string, shape: FrameShape, ffmpeg: Ffmpeg): Promise<PictureFrame> {
  const [frame] = await decodeRun([await lookAt(file)], shape, ffmpeg)
  return frame!
}

/** The same for many, in the order given; a few FFmpeg processes work ahead of who reads. */
export async function* decodePictures(
  files: readonly string[],
  shape: FrameShape,
  ffmpeg: Ffmpeg,
): AsyncGenerator<PictureFrame> {
  const ahead: Promise<PictureFrame[]>[] = []
  for (let next = 0; next < files.length || ahead.length > 0; ) {
    while (ahead.length < RUNS_AT_A_TIME && next < files.length) {
      const run = decodeTogether(files.slice(next, next + PICTURES_A_RUN), shape, ffmpeg)
      run.catch(() => undefined) // thrown when its turn comes
      ahead.push(run)
      next += PICTURES_A_RUN
    }
    yield* await ahead.shift()!
  }
}

/** Where a run fails, its pictures are decoded one by one: the error names the picture at fault. */
async function decodeTogether(files: readonly string[], shape: FrameShape, ffmpeg: Ffmpeg) {
  const pictures = await Promise.all(files.map(lookAt))
  try {
    return await decodeRun(pictures, shape, ffmpeg)
  } catch {
    const frames: PictureFrame[] = []
    for (const picture of pictures) frames.push(...(await decodeRun([picture], shape, ffmpeg)))
    return frames
  }
}

async function decodeRun(
  pictures: readonly Picture[],
  shape: FrameShape,
  ffmpeg: Ffmpeg,
): Promise<PictureFrame[]> {
  const frameBytes = (shape.widthPx * shape.heightPx * 3) / 2
  const frames: Uint8Array[] = []
  try {
    for await (const frame of framesOfRun(ffmpeg, runArguments(pictures, shape, ffmpeg), frameBytes))
      frames.push(frame)
  } catch (error) {
    if (!(error instanceof RingsideError)) throw error
    throw unreadable(pictures[0]!.file, error.message)
  }
  if (frames.length !== pictures.length) throw unreadable(pictures[0]!.file, 'it is not one whole picture')
  return pictures.map(({ file, widthPx, heightPx }, i) => ({
    file,
    pixels: frames[i]!,
    sourceWidthPx: widthPx,
    sourceHeightPx: heightPx,
  }))
}

/** Each picture has a chain of its own, since sizes differ; the frames that come out are of one size and are strung together. */
function runArguments(pictures: readonly Picture[], shape: FrameShape, ffmpeg: Ffmpeg): string[] {
  const filters = filtersOf(shape, null)
  const chains = pictures.map(({ upright }, i) => {
    const chain = ['trim=end_frame=1', ...upright, ...filters, 'setsar=1']
    return `[${i}:v]${chain.join(',')}[v${i}]`
  })
  const all = `${pictures.map((_, i) => `[v${i}]`).join('')}concat=n=${pictures.length}:v=1:a=0`
  return [
    // A damaged picture is refused, not patched up with grey.
    ...pictures.flatMap(({ file, codec }) => [
      ...['-threads', '1', '-err_detect', 'explode', '-noautorotate', '-protocol_whitelist', 'file'],
      ...['-c:v', codec, '-f', 'image2', '-pattern_type', 'none', '-i', `file:${file}`],
    ]),
    ...['-xerror', '-filter_complex_threads', '1', '-filter_complex', [...chains, all].join(';')],
    ...everyFrameOnce(ffmpeg),
  ]
}

async function lookAt(file: string): Promise<Picture> {
  const found = await sharp(file)
    .metadata()
    .catch(cause => {
      throw unreadable(file, messageOf(cause))
    })
  const codec = codecs[found.format]
  if (!codec) throw unreadable(file, `its format is ${found.format}`, 'Give JPEG, PNG or WebP.')
  const orientation = found.orientation ?? 1
  const { width, height } = found.autoOrient
  return {
    file: path.resolve(file),
    codec,
    upright: [...(uprightFilters[orientation - 1] ?? [])],
    widthPx: width,
    heightPx: height,
  }
}

function unreadable(
  file: string,
  why: string,
  remedy = 'Take it out of the folder, or replace it.',
): RingsideError {
  return new RingsideError('picture_unreadable', `${file} cannot be used: ${why}`, {
    key: 'images',
    value: file,
    remedy,
  })
}
