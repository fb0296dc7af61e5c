/** Where a running Ringside is and which token opens it: flags, then variables, then the run file that `up` leaves. */
import type { Config } from '../../config/schema.js'
import { RingsideError } from '../../shared/errors.js'
import { readRunFile } from '../supervisor/run-file.js'

export interface Address {
  /** Without a trailing slash, without a token. */
  url: string
  token: string
}

export interface AddressFlags {
  url?: string
  token?: string
}

/** @throws RingsideError `not_running` where nothing says where Ringside is. */
export function resolveAddress(
  flags: AddressFlags,
  config: Pick<Config, 'dataDir' | 'server'>,
  environment: Record<string, string | undefined> = process.env,
): Address {
  const running = readRunFile(config.dataDir)
  const named = Boolean(environment.RINGSIDE_HOST || environment.RINGSIDE_PORT) && config.server.port !== 0
  const url = flags.url ? baseOf(flags.url) : named || !running ? configuredUrl(config) : running.url
  const token = flags.token ?? tokenIn(flags.url) ?? (config.server.token || tokenFor(url, running))
  if (token) return { url, token }
  throw new RingsideError('not_running', `No Ringside runs on the data folder ${config.dataDir}.`, {
    key: 'dataDir',
    value: config.dataDir,
    remedy:
      'Start it with `ringside up`, or give --url and --token (RINGSIDE_TOKEN) of one that runs elsewhere.',
  })
}

function tokenFor(url: string, running: { url: string; token: string } | null): string {
  return running && running.url === url ? running.token : ''
}

function configuredUrl({ server }: Pick<Config, 'server'>): string {
  return httpUrl(server.host, server.port)
}

/** An address to connect to: the wildcard addresses of a listener are no destinations. */
export function httpUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function baseOf(text: string): string {
  const url = parse(text)
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** People paste the address that `up` printed, token and all. */
function tokenIn(text: string | undefined): string | undefined {
  return text ? (parse(text).searchParams.get('token') ?? undefined) : undefined
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new RingsideError('invalid_request', '--url is not an http:// or https:// address.', {
    key: '--url',
    value: text.slice(0, 100),
    remedy: 'Give it as http://127.0.0.1:8080.',
  })
}
