/** The port that publish will listen on: checked before anything is started, so that a busy one is one clear message. */
import net from 'node:net'
import { RingsideError } from '../../shared/errors.js'

/** @returns the port itself, or a free one for 0. @throws RingsideError `port_in_use`, `invalid_config`. */
export async function claimPort(host: string, port: number): Promise<number> {
  const server = net.createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, exclusive: true }, resolve)
    })
    return (server.address() as net.AddressInfo).port
  } catch (cause) {
    throw describe(host, port, cause as NodeJS.ErrnoException)
  } finally {
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
}

function describe(host: string, port: number, cause: NodeJS.ErrnoException): RingsideError {
  if (cause.code === 'EADDRINUSE')
    return new RingsideError('port_in_use', `Another program listens on ${host}:${port}.`, {
      key: 'server.port',
      value: String(port),
      remedy: `Stop it, or choose another port: RINGSIDE_PORT=${port + 1} ringside up   (0 takes a free one).`,
      cause,
    })
  const key = cause.code === 'EACCES' ? 'server.port' : 'server.host'
  return new RingsideError('invalid_config', `Ringside cannot listen on ${host}:${port}: ${cause.message}`, {
    key,
    value: key === 'server.port' ? String(port) : host,
    remedy:
      key === 'server.port'
        ? 'Ports below 1024 need privileges: choose one above with RINGSIDE_PORT.'
        : 'Set RINGSIDE_HOST to an address of this machine; 127.0.0.1 always is one.',
    cause,
  })
}
