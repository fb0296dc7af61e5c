/**
 * Loads libraries by path, in the order given, before ONNX Runtime asks for them by name: the loader then finds them
 * loaded already, wherever they lie. LD_LIBRARY_PATH could do the same only before the process starts.
 */
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { koffi } from '../../../shared/native/ffi.js'

/** Kept for the life of the process: a library that was let go would be unloaded while the provider still uses it. */
const kept = new Map<string, ReturnType<typeof koffi.load>>()

/**
 * Once a path is loaded, loading it again does nothing.
 * @param paths each after what it needs, as `findGpuLibraries` gives them.
 * @throws RingsideError `gpu_unavailable`
 */
export function preload(paths: readonly string[]): void {
  for (const path of paths) {
    if (kept.has(path)) continue
    try {
      kept.set(path, koffi.load(path))
    } catch (cause) {
      throw new RingsideError('gpu_unavailable', `${path} does not load: ${messageOf(cause)}`, {
        key: path,
        remedy: 'Run `ringside doctor`: it says which library is missing or of another version.',
        cause,
      })
    }
  }
}
