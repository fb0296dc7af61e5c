/** The class names of a model: from its metadata, else from a text file beside it, else numbers. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { RingsideError } from '../../shared/errors.js'
import { coco80 } from './coco80.js'

/**
 * In this order: the metadata; `<file>.classes.txt` or `<name>.classes.txt` beside the file; the names of COCO for
 * 80 classes; `class_0`, `class_1`, …
 * @throws RingsideError `model_invalid` where a file of names has another number of them than the model has classes.
 */
export async function classNamesFor(
  modelFile: string,
  classCount: number,
  fromMetadata: readonly string[] | null,
): Promise<string[]> {
  if (fromMetadata?.length === classCount) return [...fromMetadata]
  for (const file of namesFiles(modelFile)) {
    const names = await readNames(file)
    if (names) return checked(names, classCount, file)
  }
  if (classCount === coco80.length) return [...coco80]
  return Array.from({ length: classCount }, (_, i) => `class_${i}`)
}

function namesFiles(modelFile: string): string[] {
  const { dir, name } = path.parse(modelFile)
  return [`${modelFile}.classes.txt`, path.join(dir, `${name}.classes.txt`)]
}

async function readNames(file: string): Promise<string[] | null> {
  try {
    const lines = (await fs.readFile(file, 'utf8')).split('\n').map(line => line.trim())
    return lines.filter(line => line !== '')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function checked(names: string[], classCount: number, file: string): string[] {
  if (names.length === classCount) return names
  throw new RingsideError(
    'model_invalid',
    `The file of class names has ${names.length} lines, the model ${classCount} classes.`,
    { key: 'model.name', value: file, remedy: 'Give one name a line, in the order of the classes.' },
  )
}
