/** The pictures of a labelled folder as frames for one model, each with what is on it. Here ingest and infer meet. */
import type { Config } from '../../config/schema.js'
import { type ClassMap, mapClasses } from '../../infer/model/accuracy/class-map.js'
import type { Dataset, LabelledPicture } from '../../infer/model/accuracy/dataset/dataset.js'
import { openDataset } from '../../infer/model/accuracy/dataset/open.js'
import type { Truth } from '../../infer/model/accuracy/judged.js'
import type { PreparedModel } from '../../infer/model/prepared-model.js'
import { findFfmpeg } from '../../ingest/decoder/ffmpeg-path.js'
import { decodePictures, type PictureFrame, picturesIn } from '../../ingest/decoder/picture-frames.js'
import { createLog } from '../../shared/log.js'

export interface LabelledFrame {
  frame: PictureFrame
  /** Of classes that the model knows, with its numbers. */
  truths: Truth[]
}

export interface LabelledFrames extends AsyncIterable<LabelledFrame> {
  dataset: Dataset
  /** Those that are used. */
  pictures: readonly LabelledPicture[]
  /** Labelled classes that the model has no name for. */
  unknownClasses: string[]
}

export interface ImagesOptions {
  images: string
  labels?: string
  limit?: number
}

/** @throws RingsideError `dataset_invalid`, `picture_unreadable` or `ffmpeg_missing`. */
export async function labelledFrames(
  options: ImagesOptions,
  model: PreparedModel,
  { dataDir, ingest }: Config,
): Promise<LabelledFrames> {
  const ffmpeg = findFfmpeg(ingest.ffmpegPath, dataDir, createLog({ level: 'silent', name: 'model' }))
  const { images, labels, limit } = options
  const dataset = await openDataset({ dir: images, ...(labels && { labels }) }, picturesIn)
  const classes = mapClasses(dataset.classNames, model.classes)
  const pictures = dataset.pictures.slice(0, limit)
  return {
    dataset,
    pictures,
    unknownClasses: classes.unknown,
    [Symbol.asyncIterator]: () =>
      withTruths(
        pictures,
        classes,
        decodePictures(
          pictures.map(({ file }) => file),
          model,
          ffmpeg,
        ),
      ),
  }
}

async function* withTruths(
  pictures: readonly LabelledPicture[],
  classes: ClassMap,
  frames: AsyncIterable<PictureFrame>,
): AsyncGenerator<LabelledFrame> {
  let i = 0
  for await (const frame of frames) {
    const size = { widthPx: frame.sourceWidthPx, heightPx: frame.sourceHeightPx }
    yield { frame, truths: classes.translate(pictures[i++]!.truthsAt(size)) }
  }
}
