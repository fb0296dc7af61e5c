/**
 * A download that outlives breaks: what is there is asked for no second time (RFC 9110, Range and If-Range), and whatever
 * the server says, the digest decides in the end.
 *
 *   206, from where the part ends   →  append
 *   200                             →  the server does no ranges, or has another file by now: from the start
 */
import { monotonicMs, sleep } from '../../../shared/clock.js'
import { messageOf, RingsideError } from '../../../shared/errors.js'
import { MAX_MODEL_BYTES } from '../onnx/read-model.js'
import { IdleTimer } from './idle-timer.js'
import { PartFile } from './part-file.js'
import { downloadFailed, request } from './request.js'

const MAX_TRIES = 8
const RETRY_BASE_MS = 500
const RETRY_CAP_MS = 8000
const PROGRESS_PERIOD_MS = 200

export interface Wanted {
  address: string
  sha256: string
  /** null where only the digest is known. */
  bytes: number | null
}

export interface DownloadOptions {
  onProgress(receivedBytes: number, totalBytes: number | null): void
  signal: AbortSignal
  /** A server that sends nothing for this long is taken for dead. */
  idleTimeoutMs: number
}

/**
 * Fills the file `part` until its SHA-256 is the wanted one.
 * @throws RingsideError `no_network`, `download_failed` (the part stays, to go on from), `model_changed` (it is removed).
 */
export async function download(file: string, wanted: Wanted, options: DownloadOptions): Promise<void> {
  const part = await PartFile.open(file)
  try {
    const resumed = part.bytes > 0
    await fill(part, wanted, options)
    if (part.digest !== wanted.sha256 && resumed) {
      // The beginning may be of a file that was replaced since: it deserves one fresh try.
      await part.restart(null)
      await fill(part, wanted, options)
    }
    if (part.digest === wanted.sha256) return await part.finish()
    const found = part.digest
    await part.remove()
    throw wrongDigest(wanted, found)
  } finally {
    await part.close()
  }
}

/** Until the server has sent all it has. A connection that breaks after it gave something is worth another try. */
async function fill(part: PartFile, wanted: Wanted, options: DownloadOptions): Promise<void> {
  for (let tries = 1; ; tries++) {
    const before = part.bytes
    try {
      return await transfer(part, wanted, options)
    } catch (error) {
      options.signal.throwIfAborted()
      const gaveUp = tries >= MAX_TRIES || (part.bytes === before && tries > 1)
      if (gaveUp || !(error instanceof Broken)) throw error instanceof Broken ? error.told : error
      await sleep(Math.min(RETRY_BASE_MS * 2 ** (tries - 1), RETRY_CAP_MS), options.signal)
    }
  }
}

/** A break that another try may mend. */
class Broken extends Error {
  constructor(readonly told: RingsideError) {
    super(told.message)
  }
}

async function transfer(part: PartFile, wanted: Wanted, options: DownloadOptions): Promise<void> {
  const idle = new IdleTimer(options.idleTimeoutMs, options.signal)
  try {
    if (wanted.bytes !== null && part.bytes === wanted.bytes) return
    const response = await request(wanted.address, rangeOf(part), idle.signal)
    const totalBytes = await accept(response, part, wanted)
    if (response.body)
      await append(response.body as unknown as AsyncIterable<Uint8Array>, part, {
        wanted,
        totalBytes,
        idle,
        options,
      })
    if (totalBytes !== null && part.bytes < totalBytes)
      throw new Broken(downloadFailed(wanted.address, `it ended after ${part.bytes} of ${totalBytes} bytes`))
  } catch (error) {
    options.signal.throwIfAborted()
    if (idle.expired)
      throw new Broken(
        downloadFailed(wanted.address, `the server sent nothing for ${options.idleTimeoutMs} ms`),
      )
    throw error
  } finally {
    idle.stop()
  }
}

function rangeOf(part: PartFile): Record<string, string> {
  if (part.bytes === 0) return {}
  return { range: `bytes=${part.bytes}-`, ...(part.validator !== null && { 'if-range': part.validator }) }
}

/** Decides where the body belongs. @returns the length of the whole file, where the server tells it. */
async function accept(response: Response, part: PartFile, wanted: Wanted): Promise<number | null> {
  const { status, headers } = response
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '')
  if (status === 206 && range && Number(range[1]) === part.bytes) {
    return checkedTotal(range[2] === '*' ? null : Number(range[2]), wanted)
  }
  if (status === 200) {
    const length = headers.get('content-length')
    const total = checkedTotal(length === null ? null : Number(length), wanted)
    await part.restart(validatorOf(headers))
    return total
  }
  await response.body?.cancel()
  if (status === 416 || status === 206) {
    // The part is no beginning of what the server has now.
    await part.restart(null)
    throw new Broken(downloadFailed(wanted.address, 'it has another length than the part that is here'))
  }
  const told = downloadFailed(wanted.address, `the server answers ${status} ${response.statusText}`)
  throw status >= 500 || status === 429 ? new Broken(told) : told
}

/** If-Range takes a strong validator only. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get('etag')
  return etag?.startsWith('"') ? etag : null
}

/** Refused before a byte of it is stored. */
function checkedTotal(total: number | null, { address, bytes }: Wanted): number | null {
  if (total === null) return bytes
  if (bytes !== null && total !== bytes)
    throw downloadFailed(address, `the server has ${total} bytes there, ${bytes} are expected`)
  if (total > MAX_MODEL_BYTES)
    throw downloadFailed(address, `it has ${total} bytes; a model has at most ${MAX_MODEL_BYTES}`)
  return total
}

interface Transfer {
  wanted: Wanted
  totalBytes: number | null
  idle: IdleTimer
  options: DownloadOptions
}

async function append(body: AsyncIterable<Uint8Array>, part: PartFile, transfer: Transfer): Promise<void> {
  const { wanted, totalBytes, idle, options } = transfer
  const limit = totalBytes ?? MAX_MODEL_BYTES
  let toldMs = 0
  try {
    for await (const chunk of body) {
      idle.heard()
      if (part.bytes + chunk.length > limit)
        throw downloadFailed(wanted.address, `the server sends more than ${limit} bytes`)
      await part.append(chunk)
      if (monotonicMs() - toldMs < PROGRESS_PERIOD_MS) continue
      toldMs = monotonicMs()
      options.onProgress(part.bytes, totalBytes)
    }
  } catch (error) {
    if (error instanceof RingsideError || (error as NodeJS.ErrnoException).syscall === 'write') throw error
    throw new Broken(downloadFailed(wanted.address, `the connection broke (${causeOf(error)})`, error))
  }
  options.onProgress(part.bytes, totalBytes)
}

function causeOf(error: unknown): string {
  return messageOf(error instanceof Error && error.cause ? error.cause : error)
}

function wrongDigest({ address, sha256 }: Wanted, found: string): RingsideError {
  return new RingsideError(
    'model_changed',
    `What ${address} sends is not the file that was asked for: its SHA-256 is ${found}, expected is ${sha256}. It is thrown away.`,
    {
      key: 'sha256',
      value: found,
      remedy:
        'Do not use that file. The project may have replaced it (a newer Ringside then knows its digest), or somebody on the way did.',
    },
  )
}
