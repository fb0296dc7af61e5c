/**
 * Labels in the format of YOLO: a text file a picture, a line an object: class, centre x, centre y, width, height, the last
 * four as shares of the picture. A picture without a file has no object. Class names stand in `classes.txt` or `data.yaml`.
 */
import fs from 'node:fs/promises'
import path from 'node:path'
import { type Dataset, datasetInvalid, type LabelledPicture } from './dataset.js'
import { readClassNames } from './yolo-names.js'

export interface YoloLabel {
  classId: number
  centreX: number
  centreY: number
  width: number
  height: number
}

/** What exporters round may end this far outside of the picture. */
const ROUNDING = 1e-3

/**
 * @param pictures the files of `picturesDir`.
 * @throws RingsideError `dataset_invalid`, naming file and line.
 */
export async function readYolo(
  pictures: readonly string[],
  labelsDir: string,
  namesDirs: readonly string[],
): Promise<Dataset> {
  const classNames = await readClassNames(namesDirs)
  const labelFiles = await labelFilesIn(labelsDir)
  const known = new Set(pictures.map(stem))
  const orphan = labelFiles.find(file => !known.has(stem(file)))
  if (orphan) throw datasetInvalid(orphan, 'its picture is missing', 'Add the picture, or remove the file.')
  const byStem = new Map(labelFiles.map(file => [stem(file), file]))
  const labelled: LabelledPicture[] = []
  for (const file of pictures) {
    const labels = byStem.get(stem(file))
    const text = labels ? await fs.readFile(labels, 'utf8') : ''
    labelled.push(pictureOf(file, parseYolo(text, labels ?? file, classNames.length)))
  }
  return { format: 'YOLO', labels: labelsDir, classNames, pictures: labelled }
}

/** @throws RingsideError `dataset_invalid`, naming the line. */
export function parseYolo(text: string, file: string, classCount: number): YoloLabel[] {
  return text.split('\n').flatMap((line, i) => {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '') return []
    const fault = (what: string) =>
      datasetInvalid(`${file}:${i + 1}`, what, 'A line is: class, centre x, centre y, width, height.')
    if (fields.length !== 5) throw fault(`there are ${fields.length} fields, not 5`)
    const [classId, centreX, centreY, width, height] = fields.map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ]
    if (!Number.isInteger(classId) || classId < 0 || classId >= classCount)
      throw fault(
        `class ${fields[0]} is not one of the ${classCount} that are named (0 to ${classCount - 1})`,
      )
    const bad = [centreX, centreY, width, height].findIndex(
      value => !(value >= -ROUNDING && value <= 1 + ROUNDING),
    )
    if (bad >= 0) throw fault(`${fields[bad + 1]} is not a share from 0 to 1`)
    if (width <= 0 || height <= 0) throw fault('the box is empty')
    return [{ classId, centreX, centreY, width, height }]
  })
}

function pictureOf(file: string, labels: readonly YoloLabel[]): LabelledPicture {
  return {
    file,
    truthsAt: ({ widthPx, heightPx }) =>
      labels.map(({ classId, centreX, centreY, width, height }) => ({
        classId,
        box: [
          (centreX - width / 2) * widthPx,
          (centreY - height / 2) * heightPx,
          (centreX + width / 2) * widthPx,
          (centreY + height / 2) * heightPx,
        ],
        areaPx: width * widthPx * height * heightPx,
        crowd: false,
      })),
  }
}

/** @throws RingsideError `dataset_invalid` where there is none. */
async function labelFilesIn(dir: string): Promise<string[]> {
  const names = await fs.readdir(dir)
  const files = names.filter(name => name.endsWith('.txt') && !notLabels.has(name)).sort()
  if (files.length > 0) return files.map(name => path.join(dir, name))
  throw datasetInvalid(
    dir,
    'there is no .txt file of labels in it',
    'Give the folder of the labels with --labels.',
  )
}

/** They may lie among the labels. */
const notLabels = new Set(['classes.txt', 'obj.names', 'train.txt', 'val.txt', 'test.txt', 'README.txt'])

function stem(file: string): string {
  return path.parse(file).name
}
