/** Takes a file into the registry, where it can be used: looked into first, and again as it lies there, beside its sidecar. */
import path from 'node:path'
import { RingsideError } from '../../../shared/errors.js'
import { parseSidecar } from '../sidecar.js'
import { inspectFile } from './inspect-file.js'
import type { Addition, ModelStore, StoredModel } from './store.js'

export type NewModel = Omit<Addition, 'check'>

/**
 * @throws RingsideError `model_exists`, `model_not_found`, `invalid_model_name`, or why it cannot be used: `model_invalid`,
 *   `model_family_unknown`, `sidecar_invalid`.
 */
export async function addModel(store: ModelStore, model: NewModel): Promise<StoredModel> {
  if (model.sidecar !== null) parseSidecar(model.sidecar, 'the sidecar')
  const shown = model.move ? model.about.source : path.resolve(model.file)
  return store.add({ ...model, check: file => checkUsable(file, shown) })
}

/** @param shown names the file in errors: where it lies meanwhile means nothing to anybody. */
async function checkUsable(file: string, shown: string): Promise<void> {
  try {
    const { spec, problem, remedy } = await inspectFile(file)
    if (spec) return
    throw new RingsideError('model_invalid', problem ?? 'The model cannot be used.', {
      key: 'model.name',
      value: file,
      ...(remedy !== null && { remedy }),
    })
  } catch (error) {
    throw error instanceof RingsideError ? renamed(error, file, shown) : error
  }
}

function renamed(error: RingsideError, file: string, shown: string): RingsideError {
  const { code, message, key, value, remedy, cause } = error
  const rename = (text: string): string => text.replaceAll(file, shown)
  return new RingsideError(code, rename(message), {
    ...(key !== undefined && { key }),
    ...(value !== undefined && { value: rename(value) }),
    ...(remedy !== undefined && { remedy: rename(remedy) }),
    cause,
  })
}
