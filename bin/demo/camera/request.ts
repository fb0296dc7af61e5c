/** Cuts what a client sends into RTSP requests (RFC 2326) and interleaved packets. Bounded: a client cannot make it hold more than one request. */

export interface RtspRequest {
  method: string
  url: string
  cseq: string
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>
}

/** What cannot be a request; `status` is the answer before the connection is closed. */
export class ProtocolFault extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'ProtocolFault'
    this.status = status
  }
}

const MAX_HEAD_BYTES = 8192
const MAX_BODY_BYTES = 4096
const INTERLEAVED = 0x24 // '$' channel length(2)
const INTERLEAVED_HEAD_BYTES = 4

export class RequestReader {
  #pending: Buffer = Buffer.alloc(0);

  /** @throws ProtocolFault */
  *feed(chunk: Buffer): Generator<RtspRequest> {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (;;) {
      this.#skipLineBreaks()
      if (this.#pending.length === 0) return
      if (this.#pending[0] === INTERLEAVED) {
        if (!this.#skipInterleaved()) return
        continue
      }
      const request = this.#takeRequest()
      if (!request) return
      yield request
    }
  }

  /** Clients may send empty lines between requests, as in HTTP. */
  #skipLineBreaks(): void {
    let at = 0
    while (this.#pending[at] === 0x0d || this.#pending[at] === 0x0a) at++
    if (at > 0) this.#pending = this.#pending.subarray(at)
  }

  /** Receiver reports: nothing here is steered by them. */
  #skipInterleaved(): boolean {
    if (this.#pending.length < INTERLEAVED_HEAD_BYTES) return false
    const end = INTERLEAVED_HEAD_BYTES + this.#pending.readUInt16BE(2)
    if (this.#pending.length < end) return false
    this.#pending = this.#pending.subarray(end)
    return true
  }

  #takeRequest(): RtspRequest | null {
    const headEnd = this.#pending.indexOf('\r\n\r\n')
    if (headEnd < 0) {
      if (this.#pending.length > MAX_HEAD_BYTES)
        throw new ProtocolFault(400, 'The request’s head is too long.')
      return null
    }
    if (headEnd > MAX_HEAD_BYTES) throw new ProtocolFault(400, 'The request’s head is too long.')
    const request = parseHead(this.#pending.toString('latin1', 0, headEnd))
    const end = headEnd + 4 + bodyLength(request.headers)
    if (this.#pending.length < end) return null
    this.#pending = this.#pending.subarray(end)
    return request
  }
}

function parseHead(head: string): RtspRequest {
  const [first = '', ...lines] = head.split('\r\n')
  const match = /^([A-Z_]{1,32}) (\S{1,2048}) RTSP\/(\d\.\d)$/.exec(first)
  if (!match) throw new ProtocolFault(400, 'The request line is no RTSP.')
  if (match[3] !== '1.0') throw new ProtocolFault(505, `RTSP/${match[3]} is not spoken here.`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new ProtocolFault(400, 'A header has no name.')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const cseq = headers.get('cseq') ?? ''
  if (!/^\d{1,10}$/.test(cseq)) throw new ProtocolFault(400, 'The request has no CSeq.')
  return { method: match[1] as string, url: match[2] as string, cseq, headers }
}

function bodyLength(headers: ReadonlyMap<string, string>): number {
  const text = headers.get('content-length') ?? '0'
  const bytes = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(bytes)) throw new ProtocolFault(400, 'Content-Length is no number.')
  if (bytes > MAX_BODY_BYTES) throw new ProtocolFault(413, 'The request’s body is too long.')
  return bytes
}
