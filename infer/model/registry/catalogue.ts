/** The catalogue: models that can be pulled by name. Ringside's own, or a file of the operator's (a mirror, a company's models). */
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { closest } from 'fastest-levenshtein'
import Type from 'typebox'
import { parse } from 'yaml'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { type CatalogueEntry, catalogueEntrySchema } from '../../../shared/model/catalogue-entry.js'
import { reservedNames } from '../../../shared/model/model-name.js'

/** Beside this module, in dist/ as in the source. */
export const ownCatalogue = fileURLToPath(new URL('./catalogue.yml', import.meta.url))

const MAX_BYTES = 1 << 20

const validate = new Ajv({ strict: false }).compile(
  Type.Object({ models: Type.Array(catalogueEntrySchema) }, { additionalProperties: false }),
)

/**
 * @param file of the settings (`model.catalogue`); empty: Ringside's own.
 * @throws RingsideError `invalid_config`, naming the place that is wrong.
 */
export function loadCatalogue(file = ''): CatalogueEntry[] {
  const from = file || ownCatalogue
  const tree = read(from)
  if (!validate(tree)) {
    const [fault] = validate.errors ?? []
    throw invalid(from, `${fault?.instancePath || 'the top level'} ${fault?.message}`)
  }
  const { models } = tree as { models: CatalogueEntry[] }
  const twice = models.find(({ name }, i) => models.findIndex(other => other.name === name) < i)
  if (twice) throw invalid(from, `${twice.name} stands there twice`)
  const taken = models.find(({ name }) => reservedNames.includes(name))
  if (taken) throw invalid(from, `${taken.name} is a word that no model may have as its name`)
  return models
}

/** @throws RingsideError `model_not_found`, naming the nearest. */
export function entryOf(name: string, catalogue: readonly CatalogueEntry[]): CatalogueEntry {
  const found = catalogue.find(entry => entry.name === name)
  if (found) return found
  const names = catalogue.map(entry => entry.name)
  const near = names.length > 0 ? ` The nearest name is ${closest(name, names)}.` : ''
  throw new RingsideError('model_not_found', `The catalogue has no model ${name}.${near}`, {
    key: 'name',
    value: name,
    remedy: `It has: ${names.join(', ') || 'none'}. Another one comes by its address with --sha256, or from a file with \`ringside model add\`.`,
  })
}

function read(file: string): unknown {
  try {
    const text = fs.readFileSync(file, 'utf8')
    if (text.length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} characters`)
    return parse(text, { maxAliasCount: 0 })
  } catch (cause) {
    throw invalid(file, messageOf(cause), cause)
  }
}

function invalid(file: string, why: string, cause?: unknown): RingsideError {
  return new RingsideError('invalid_config', `The catalogue of models cannot be used: ${why}.`, {
    key: 'model.catalogue',
    value: file,
    remedy: 'Mend the file; the head of infer/model/registry/catalogue.yml shows the form.',
    cause,
  })
}
