/** What a session needs of the stage around it: the supervisor of a real ingest gives it. */
import type { FrameRef } from '../../shared/frame/frame-ref.js'
import type { Log } from '../../shared/log.js'
import type { DesiredStream, IngestReport, StreamStateEvent } from '../../shared/stream/stream.js'
import type { Decoders } from '../decoder/decoders.js'
import type { Source } from '../decoder/source.js'
import type { BackoffSettings } from './backoff.js'
import type { WatchdogSettings } from './watchdog.js'

export interface SessionSettings extends WatchdogSettings, BackoffSettings {
  killGraceMs: number
  failedRetryMs: number
  maxPixels: number
  leaseTimeoutMs: number
}

export interface SessionHost {
  settings: SessionSettings
  decoders: Pick<Decoders, 'choose' | 'backend'>
  log: Log
  /** @throws RingsideError where the URL cannot be opened or used. */
  openSource(stream: DesiredStream): Source
  /** Waits for this decoder's turn to start. */
  turn(signal: AbortSignal): Promise<void>
  out: {
    ref(slabId: string, ref: FrameRef): void
    report(stream: string, report: IngestReport): void
    event(event: StreamStateEvent): void
  }
}
