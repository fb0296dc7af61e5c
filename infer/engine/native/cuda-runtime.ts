/** The CUDA runtime that ONNX Runtime’s provider has loaded into this process, for the one thing that the driver cannot do. */
import fs from 'node:fs'
import { koffi } from '../../../shared/native/ffi.js'

/**
 * Takes back the last error that the runtime holds of this thread. A capture that fails leaves one behind, and the provider would find
 * it at its next call, in whatever session that is, and take it for its own.
 */
export function forgetLastRuntimeError(): void {
  const path = /\S*\/libcudart\.so\.\d+\S*/.exec(fs.readFileSync('/proc/self/maps', 'utf8'))?.[0]
  if (path) koffi.load(path).func('int cudaGetLastError()')()
}
