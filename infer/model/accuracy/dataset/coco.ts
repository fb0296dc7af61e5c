/**
 * Labels in the format of COCO: one JSON file of `images`, `annotations` and `categories`. Category ids have gaps, boxes are
 * left, top, width, height in pixels; `area` is the outline's; `iscrowd` marks a group.
 * Source: https://cocodataset.org/#format-data
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../../../shared/errors.js'
import type { Truth } from '../judged.js'
import { type CocoAnnotation, type CocoFile, type CocoImage, checkCoco } from './coco-file.js'
import { type Dataset, datasetInvalid, type LabelledPicture } from './dataset.js'

/**
 * @param picturesDirs where pictures may lie, in this order.
 * @throws RingsideError `dataset_invalid`, naming the entry or the picture at fault.
 */
export async function readCoco(file: string, picturesDirs: readonly string[]): Promise<Dataset> {
  const { images, annotations, categories } = await readCocoFile(file)
  const sorted = [...categories].sort((a, b) => a.id - b.id)
  const classOf = new Map(sorted.map(({ id }, i) => [id, i]))
  const byImage = new Map<number, Truth[]>(images.map(({ id }) => [id, []]))
  for (const annotation of annotations) {
    const truths = byImage.get(annotation.image_id)
    const classId = classOf.get(annotation.category_id)
    const name = `annotation ${annotation.id}`
    if (!truths) throw entryInvalid(file, name, `there is no image ${annotation.image_id}`)
    if (classId === undefined)
      throw entryInvalid(file, name, `there is no category ${annotation.category_id}`)
    truths.push(truthOf(annotation, classId))
  }
  const pictures: LabelledPicture[] = []
  for (const image of [...images].sort((a, b) => a.id - b.id)) {
    pictures.push(pictureOf(image, await find(image, picturesDirs, file), byImage.get(image.id)!, file))
  }
  return { format: 'COCO', labels: file, classNames: sorted.map(({ name }) => name), pictures }
}

async function readCocoFile(file: string): Promise<CocoFile> {
  const text = await fs.readFile(file, 'utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw datasetInvalid(file, `it is no JSON: ${messageOf(error)}`, 'Give a COCO file of instances.')
  }
  return checkCoco(json, fault => entryInvalid(file, fault.entry, fault.what))
}

function truthOf({ bbox: [x, y, width, height], area, iscrowd }: CocoAnnotation, classId: number): Truth {
  return {
    classId,
    box: [x, y, x + width, y + height],
    areaPx: area ?? width * height,
    crowd: iscrowd === 1,
  }
}

function pictureOf(image: CocoImage, file: string, truths: Truth[], labels: string): LabelledPicture {
  return {
    file,
    truthsAt({ widthPx, heightPx }): Truth[] {
      if (widthPx === image.width && heightPx === image.height) return truths
      throw entryInvalid(
        labels,
        `image ${image.id}`,
        `it is ${image.width}×${image.height}, but ${file} is ${widthPx}×${heightPx} (upright)`,
      )
    },
  }
}

async function find(
  { id, file_name: name }: CocoImage,
  dirs: readonly string[],
  labels: string,
): Promise<string> {
  for (const dir of dirs) {
    const file = path.join(dir, name)
    const isThere = await fs.access(file).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  throw entryInvalid(labels, `image ${id}`, `its picture ${name} is not in ${dirs.join(' or ')}`)
}

function entryInvalid(file: string, entry: string, what: string): Error {
  return datasetInvalid(file, `${entry}: ${what}`, 'Mend the entry, or take it out.')
}
