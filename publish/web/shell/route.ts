/** Which view the address names. Routes live in the hash, so that the server has one page to serve. */
import { useEffect, useState } from 'preact/hooks'

export type Route =
  | { name: 'streams' }
  | { name: 'stream'; id: string }
  | { name: 'add' }
  | { name: 'models' }
  | { name: 'budget' }
  | { name: 'memory' }
  | { name: 'figures' }

const pages = ['add', 'models', 'budget', 'memory', 'figures'] as const

/** An unknown hash is the grid: a stale bookmark leads somewhere useful. */
export function parseRoute(hash: string): Route {
  const [head, id] = hash.replace(/^#\/?/, '').split('/')
  if (head === 'streams' && id) return { name: 'stream', id: safeDecode(id) }
  const page = pages.find(name => name === head)
  if (page) return { name: page }
  return { name: 'streams' }
}

export function formatRoute(route: Route): string {
  if (route.name === 'stream') return `#/streams/${encodeURIComponent(route.id)}`
  return route.name === 'streams' ? '#/' : `#/${route.name}`
}

export function navigate(route: Route): void {
  window.location.hash = formatRoute(route)
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash)
  useEffect(() => {
    const onChange = (): void => setHash(window.location.hash)
    window.addEventListener('hashchange', onChange)
    return () => window.removeEventListener('hashchange', onChange)
  }, [])
  return parseRoute(hash)
}

/** A hand-typed address may hold a broken escape: it then names a stream that does not exist. */
function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
