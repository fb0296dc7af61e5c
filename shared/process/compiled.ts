/** Where the compiled JavaScript of a module lies: worker threads and child processes cannot run TypeScript, but a test runner loads it. */
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * @param from `import.meta.url` of the caller.
 * @param module relative path of the `.js` module, beside the caller.
 */
export function compiledModule(from: string, module: string): URL {
  const target = new URL(module, from)
  if (!from.endsWith('.ts')) return target
  const inSource = fileURLToPath(target)
  return new URL(`file://${root}dist/${inSource.slice(root.length)}`)
}
