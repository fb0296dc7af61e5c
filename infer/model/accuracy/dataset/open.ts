/** Finds the labels of a folder of pictures: which format they have, where they lie, and where the pictures are. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { readCoco } from './coco.js'
import { type Dataset, datasetInvalid } from './dataset.js'
import { readYolo } from './yolo.js'

export interface DatasetPlace {
  /** The folder that was named. */
  dir: string
  /** A COCO file or a folder of YOLO labels, where it was named too. */
  labels?: string
}

/**
 * Known layouts, of `dir`:
 *   instances*.json or annotations/instances*.json, or the only .json       COCO; pictures in dir, dir/images or as named
 *   images/ + labels/                                                       YOLO
 *   …/images/… of which …/labels/… is the folder of labels                  YOLO
 *   pictures and .txt side by side                                          YOLO
 * @param picturesIn lists the pictures of a folder, by name.
 * @throws RingsideError `dataset_invalid`.
 */
export async function openDataset(
  { dir, labels }: DatasetPlace,
  picturesIn: (dir: string) => Promise<string[]>,
): Promise<Dataset> {
  const folder = path.resolve(dir)
  if (!(await isFolder(folder)))
    throw datasetInvalid(folder, 'there is no such folder', 'Give another with --images.')
  if (labels && !(await isThere(labels)))
    throw datasetInvalid(labels, 'there is no such file', 'Give another with --labels.')
  const json = labels ? (labels.endsWith('.json') ? path.resolve(labels) : null) : await cocoFileIn(folder)
  if (json) return readCoco(json, [folder, path.join(folder, 'images'), path.dirname(json)])
  const nested = path.join(folder, 'images')
  const pictures = (await isFolder(nested)) ? nested : folder
  const labelsDir = labels ? path.resolve(labels) : await yoloFolderOf(pictures)
  return readYolo(await picturesIn(pictures), labelsDir, [
    ...new Set([folder, labelsDir, path.dirname(labelsDir), path.dirname(path.dirname(labelsDir))]),
  ])
}

async function cocoFileIn(dir: string): Promise<string | null> {
  for (const folder of [dir, path.join(dir, 'annotations')]) {
    const files = (await namesIn(folder)).filter(name => name.endsWith('.json'))
    const instances = files.filter(name => name.startsWith('instances'))
    const candidates = instances.length > 0 ? instances : files
    if (candidates.length === 1) return path.join(folder, candidates[0]!)
    if (candidates.length > 1)
      throw datasetInvalid(folder, `it has ${candidates.join(', ')}`, 'Name one of them with --labels.')
  }
  return null
}

/** As Ultralytics does: the last `images` of the path becomes `labels`. */
async function yoloFolderOf(pictures: string): Promise<string> {
  const parts = pictures.split(path.sep)
  const at = parts.lastIndexOf('images')
  const parallel = parts.with(at < 0 ? parts.length - 1 : at, 'labels').join(path.sep)
  if (at >= 0 && (await isFolder(parallel))) return parallel
  if ((await namesIn(pictures)).some(name => name.endsWith('.txt') && name !== 'classes.txt')) return pictures
  throw datasetInvalid(
    pictures,
    'no labels were found for it',
    'Give a folder with images/ and labels/ (YOLO), or with an instances*.json (COCO), or name the labels with --labels.',
  )
}

async function isFolder(file: string): Promise<boolean> {
  return (await statOf(file))?.isDirectory() ?? false
}

async function isThere(file: string): Promise<boolean> {
  return (await statOf(file)) !== null
}

function statOf(file: string) {
  return fs.stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
}

async function namesIn(dir: string): Promise<string[]> {
  return (await isFolder(dir)) ? (await fs.readdir(dir)).sort() : []
}
