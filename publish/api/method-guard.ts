/** Answers 405 with Allow where an address exists but not for this method, and 404 where it does not exist. */
import { RingsideError } from '../../shared/errors.js'
import type { HttpServer } from './http-server.js'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Call before any route is registered. @returns the step that closes every address, to be called after the last route. */
export function watchMethods(app: HttpServer): (scope: HttpServer) => void {
  const byPath = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = byPath.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    byPath.set(url, methods)
  })
  return scope => {
    for (const [url, methods] of [...byPath]) {
      if (url.includes('*')) continue
      const allow = [...methods].join(', ')
      const others = METHODS.filter(method => !methods.has(method))
      scope.route({
        method: others,
        url,
        schema: { hide: true },
        handler: async (request, reply) => {
          reply.header('allow', allow)
          throw methodNotAllowed(request.method, allow)
        },
      })
    }
  }
}

function methodNotAllowed(method: string, allow: string): RingsideError {
  return new RingsideError('method_not_allowed', `This address does not take ${method}.`, {
    key: 'method',
    value: method,
    remedy: `Use ${allow}.`,
  })
}

export function notFound(): RingsideError {
  return new RingsideError('not_found', 'There is nothing at this address.', {
    remedy: '/openapi.json lists every address.',
  })
}
