/** A web server of model files on loopback, which can be told to misbehave as servers and networks do. */

import { createHash } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'

export interface Manners {
  /** Understands Range; else every answer is the whole file. */
  ranges: boolean
  etag: string | null
  /** Closes the connection after so many bytes of each answer. */
  breakAfterBytes: number | null
  /** Stops sending after so many bytes, without closing. */
  stallAfterBytes: number | null
  /** Pause between pieces of 64 KiB. */
  pauseMs: number
  status: number
  /** Where `/…` leads instead; the file itself is at any other path than `/redirect`. */
  redirectTo: string | null
  /** Sent in place of the right length; null leaves Content-Length away. */
  contentLength: number | null | 'right'
}

export interface ModelServer {
  url: string
  bytes: Buffer
  sha256: string
  manners: Manners
  /** Every request: its Range and If-Range, and the bytes of the body that it was sent. */
  requests: { range: string | undefined; ifRange: string | undefined; sent: number }[]
  /** Another file takes the place of the first. */
  replace(bytes: Buffer): void
  close(): Promise<void>
}

const PIECE_BYTES = 65_536

export async function startModelServer(bytes: Buffer): Promise<ModelServer> {
  const manners: Manners = {
    ranges: true,
    etag: '"first"',
    breakAfterBytes: null,
    stallAfterBytes: null,
    pauseMs: 0,
    status: 200,
    redirectTo: null,
    contentLength: 'right',
  }
  const server: ModelServer = {
    url: '',
    bytes,
    sha256: sha256(bytes),
    manners,
    requests: [],
    replace(other): void {
      server.bytes = other
      server.sha256 = sha256(other)
      manners.etag = '"second"'
    },
    close: () =>
      new Promise(resolve => {
        listener.closeAllConnections()
        listener.close(() => resolve())
      }),
  }
  const listener = http.createServer((request, response) => void answer(server, request, response))
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  server.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  return server
}

async function answer(
  server: ModelServer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { manners, bytes } = server
  const seen = {
    range: request.headers.range,
    ifRange: request.headers['if-range'] as string | undefined,
    sent: 0,
  }
  server.requests.push(seen)
  if (manners.redirectTo !== null && request.url === '/redirect') {
    response.writeHead(302, { location: manners.redirectTo }).end()
    return
  }
  if (manners.status !== 200) {
    response.writeHead(manners.status).end('no')
    return
  }
  const from = startOf(server, seen)
  if (from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    return
  }
  const length = manners.contentLength === 'right' ? bytes.length - from : manners.contentLength
  response.writeHead(from > 0 ? 206 : 200, {
    ...(manners.etag !== null && { etag: manners.etag }),
    ...(length !== null && { 'content-length': length }),
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  })
  await send(server, response, from, seen)
}

function startOf({ manners }: ModelServer, { range, ifRange }: ModelServer['requests'][number]): number {
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  const holds = ifRange === undefined || ifRange === manners.etag
  return manners.ranges && holds ? from : 0
}

async function send(
  { manners, bytes }: ModelServer,
  response: http.ServerResponse,
  from: number,
  seen: ModelServer['requests'][number],
): Promise<void> {
  const limit = Math.min(manners.breakAfterBytes ?? Infinity, manners.stallAfterBytes ?? Infinity)
  for (let at = from; at < bytes.length && !response.destroyed; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, Math.min(at + PIECE_BYTES, bytes.length, from + limit))
    response.write(piece)
    seen.sent += piece.length
    if (seen.sent >= limit) {
      if (manners.breakAfterBytes !== null) setTimeout(() => response.destroy(), 20) // what was written arrives first
      return
    }
    await new Promise(resolve => setTimeout(resolve, manners.pauseMs))
  }
  response.end()
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A folder of one test, as the data folder of a Ringside. */
export function tempDataDir(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'rs-models-'))
}
