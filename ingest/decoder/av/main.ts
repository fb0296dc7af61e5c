/**
 * A decoder process: decodes many streams with node-av, each into its own ring, told by ingest over IPC what to do.
 * It holds no state that lasts: it may be killed at any moment, and costs its streams a reconnect.
 *
 * Argument: the CUDA device to decode with, or `-` for software.
 */
import { messageOf } from '../../../shared/errors.js'
import { redactText, rememberSecretsOf } from '../../../shared/secrets/redact.js'
import { GpuDevice } from './gpu-device.js'
import { type Av, loadAv } from './library.js'
import type { FromDecoder, StartOrder, ToDecoder } from './protocol.js'
import { MappedSlabs } from './slabs.js'
import { AvStream } from './stream.js'

/** A stopped stream whose calls into FFmpeg do not return by then is a hung one: only the end of the process frees it. */
const HUNG_MS = 5000
/** Name resolution and connecting cannot be interrupted; their own time limits are longer. */
const HUNG_OPENING_MS = 60_000

const [device] = process.argv.slice(2)
const streams = new Map<number, AvStream>()
const slabs = new MappedSlabs()

function tell(message: FromDecoder): void {
  if (message.kind === 'log') message.text = redactText(message.text)
  if (process.connected) process.send?.(message)
}

/** An ordinary exit waits for threads that are inside FFmpeg, and there is nothing here to put in order. */
function die(): void {
  process.kill(process.pid, 'SIGKILL')
}

async function main(): Promise<void> {
  process.on('disconnect', die) // whoever started us is gone, or wants us gone
  const av = await loadAv()
  av.Log.setLevel(av.AV_LOG_QUIET) // it would quote URLs on stderr
  const gpu = device === '-' ? null : GpuDevice.open(av, Number(device))
  process.on('message', (message: ToDecoder) => obey(message, av, gpu))
  tell({ kind: 'ready' })
}

function obey(message: ToDecoder, av: Av, gpu: GpuDevice | null): void {
  if (message.kind === 'start') start(message, av, gpu)
  else if (message.kind === 'move') streams.get(message.id)?.moveTo(message.ring)
  else if (message.kind === 'cap') streams.get(message.id)?.capAt(message.maxFps)
  else stop(message.id, message.reason)
}

function start(order: StartOrder, av: Av, gpu: GpuDevice | null): void {
  const { id, source } = order
  rememberSecretsOf(source.address)
  try {
    const stream = new AvStream({ av, gpu, slabs, tell }, order)
    streams.set(id, stream)
    void stream.done.then(() => streams.delete(id))
  } catch (error) {
    tell({ kind: 'log', text: `a stream could not be started: ${messageOf(error)}` })
    tell({ kind: 'ended', id, end: { kind: 'exited', code: null } })
  }
}

function stop(id: number, reason: Parameters<AvStream['stop']>[0]): void {
  const stream = streams.get(id)
  if (!stream) return
  stream.stop(reason)
  const hung = setTimeout(
    () => {
      tell({ kind: 'log', text: 'a call into FFmpeg does not return: this decoder process ends' })
      die()
    },
    stream.isOpen ? HUNG_MS : HUNG_OPENING_MS,
  )
  void stream.done.then(() => clearTimeout(hung))
}

try {
  await main()
} catch (error) {
  tell({ kind: 'unavailable', why: redactText(messageOf(error)) })
  process.disconnect?.()
}
