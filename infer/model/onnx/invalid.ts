/** The error of a model file that cannot be used: what was found, and what was expected. */
import { RingsideError } from '../../../shared/errors.js'

export function modelInvalid(file: string, found: string, expected: string, cause?: unknown): RingsideError {
  return new RingsideError('model_invalid', `The model cannot be used: ${found}; expected ${expected}.`, {
    key: 'model.name',
    value: file,
    remedy: 'Export the detector again as one ONNX file, or name another model.',
    ...(cause === undefined ? {} : { cause }),
  })
}
