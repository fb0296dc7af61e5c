/** The class names of a YOLO data set: `classes.txt`, a name a line, or `data.yaml` with `names` as a list or a map. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { datasetInvalid } from './dataset.js'

const files = ['classes.txt', 'data.yaml', 'data.yml', 'dataset.yaml'] as const

/**
 * @param dirs where to look, in this order.
 * @throws RingsideError `dataset_invalid` where no such file lies, or none that can be read.
 */
export async function readClassNames(dirs: readonly string[]): Promise<string[]> {
  for (const file of dirs.flatMap(dir => files.map(name => path.join(dir, name)))) {
    const text = await readIfThere(file)
    if (text !== null) return file.endsWith('.txt') ? fromLines(text, file) : fromYaml(text, file)
  }
  throw datasetInvalid(
    dirs[0]!,
    'there is no classes.txt or data.yaml that names the classes',
    'Write classes.txt: one name a line, in the order of the class numbers.',
  )
}

function fromLines(text: string, file: string): string[] {
  const names = text.split('\n').map(line => line.trim())
  while (names.at(-1) === '') names.pop()
  return checked(names, file)
}

function fromYaml(text: string, file: string): string[] {
  let names: unknown
  try {
    names = (parse(text) as { names?: unknown } | null)?.names
  } catch (error) {
    if (error instanceof YAMLParseError) throw invalid(file, error.message)
    throw error
  }
  if (Array.isArray(names)) return checked(names, file)
  if (typeof names !== 'object' || names === null) throw invalid(file, 'it has no `names`')
  const entries = Object.entries(names)
  const list = entries.map((_, i) => (names as Record<string, unknown>)[String(i)])
  return checked(list, file)
}

function checked(names: readonly unknown[], file: string): string[] {
  const wrong = names.findIndex(name => typeof name !== 'string' || name === '')
  if (names.length > 0 && wrong < 0) return names as string[]
  throw invalid(file, names.length === 0 ? 'it names no class' : `class ${wrong} has no name`)
}

function invalid(file: string, what: string): Error {
  return datasetInvalid(file, what, 'Name every class, numbered from 0 without a gap.')
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await fs.readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
