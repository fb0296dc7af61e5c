/** A stream as text: one line for `ls`, a page for `show`. */
import type { StreamView } from '../../shared/api/views.js'
import { milliseconds, rate, since } from './quantity.js'
import { table } from './table.js'

export function describeState(stream: StreamView): string {
  return stream.reason ? `${stream.state}: ${stream.reason.text}` : stream.state
}

export function streamTable(streams: readonly StreamView[]): string {
  const header = ['ID', 'STATE', 'SINCE', 'IN FPS', 'OUT FPS', 'LAG', 'OBJECTS', 'DROPPED', 'URL']
  const rows = streams.map(stream => [
    stream.id,
    stream.state + (givesWay(stream) ? ' (degraded)' : ''),
    since(stream.since),
    rate(stream.receivedFps),
    rate(stream.inferredFps),
    milliseconds(stream.lagP50Ms),
    String(stream.detectionsLast),
    String(dropped(stream)),
    stream.url,
  ])
  return table(header, rows)
}

export function describeStream(stream: StreamView): string {
  return fields(stream)
    .map(([name, value]) => `${name.padEnd(10)} ${value}`)
    .join('\n')
}

function fields(stream: StreamView): [string, string][] {
  const { source, frames } = stream
  return [
    ['id', stream.id],
    ['url', stream.url],
    ['state', `${unended(describeState(stream))} (for ${since(stream.since)})`],
    ['enabled', stream.enabled ? 'yes' : 'no'],
    ['model', stream.model ?? 'the default'],
    ['fps cap', stream.fps === null ? 'none' : String(stream.fps)],
    ...degraded(stream),
    ['fallback', stream.fallbackModel ?? 'none'],
    ['ring', `${stream.ringSlots} slots`],
    ['priority', String(stream.priority)],
    ['source', source ? `${source.widthPx}×${source.heightPx} ${source.codec}` : 'not known yet'],
    ['rates', `${rate(stream.receivedFps)} fps in, ${rate(stream.inferredFps)} fps out`],
    ['lag', `${milliseconds(stream.lagP50Ms)} median, ${milliseconds(stream.lagP99Ms)} p99`],
    [
      'frames',
      `${frames.received} received = ${frames.inferred} inferred + ${dropped(stream)} dropped + ${frames.inFlight} in flight`,
    ],
    ['drops', dropsByReason(stream)],
    ['decoder', `${decoder(stream)}; ${stream.restarts} restarts, ${stream.decodeErrors} errors`],
  ]
}

/** It runs, with less than it declares; a pause is told by its state. */
function givesWay({ degradation }: StreamView): boolean {
  return degradation != null && !degradation.paused
}

function degraded(stream: StreamView): [string, string][] {
  const { degradation } = stream
  if (!degradation || !givesWay(stream)) return []
  const { fps, model, reason } = degradation
  const inForce = [fps === null ? [] : [`${rate(fps)} fps`], model === null ? [] : [`model ${model}`]].flat()
  return [['runs with', `${inForce.join(', ')}; ${unended(reason)}`]]
}

/** A sentence where the line goes on after it. */
function unended(sentence: string): string {
  return sentence.replace(/\.$/, '')
}

function decoder({ decoder: { wanted, used, reason, clock } }: StreamView): string {
  const what = used
    ? `${used} (${wanted} wanted), stamped by the ${clock} clock`
    : `none now (${wanted} wanted)`
  return reason ? `${what}; ${unended(reason)}` : what
}

function dropped(stream: StreamView): number {
  return Object.values(stream.frames.drops).reduce((sum, frames) => sum + frames, 0)
}

function dropsByReason(stream: StreamView): string {
  const some = Object.entries(stream.frames.drops).filter(([, frames]) => frames > 0)
  return some.map(([reason, frames]) => `${reason} ${frames}`).join(', ') || 'none'
}
