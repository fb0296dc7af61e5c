/** Loader hook of Node: whoever imports `vitest` gets `vitest-on-node.js`. */
import type { ResolveHookContext } from 'node:module'

type Next = (specifier: string, context: ResolveHookContext) => Promise<{ url: string }>

export function resolve(
  specifier: string,
  context: ResolveHookContext,
  next: Next,
): Promise<{ url: string }> {
  const target = specifier === 'vitest' ? new URL('./vitest-on-node.js', import.meta.url).href : specifier
  return next(target, context)
}
