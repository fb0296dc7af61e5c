/** Tells the host once a second which models the enabled streams name. A Redis that is away changes nothing: what is served goes on. */
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import { canonicalModelName } from '../../shared/model/model-name.js'
import type { EffectiveStreams } from '../../shared/redis/effective-streams.js'
import type { DesiredStream } from '../../shared/stream/stream.js'

const PERIOD_MS = 1000

/** Model → enabled streams that name it; null is the default model. */
export function wantedModels(
  streams: readonly Pick<DesiredStream, 'model' | 'enabled'>[],
): Map<string | null, number> {
  const wanted = new Map<string | null, number>()
  for (const { model, enabled } of streams) {
    const name = model === null ? null : canonicalModelName(model)
    if (enabled) wanted.set(name, (wanted.get(name) ?? 0) + 1)
  }
  return wanted
}

export function followWishes(
  effective: EffectiveStreams,
  onWishes: (wanted: ReadonlyMap<string | null, number>) => void,
  log: Log,
): { close(): void } {
  let underWay = false
  let closed = false
  async function look(): Promise<void> {
    if (underWay) return
    underWay = true
    try {
      const streams = await effective.list()
      if (!closed) onWishes(wantedModels(streams))
    } catch (error) {
      if (!closed) log.warn({ reason: messageOf(error) }, 'the wanted models are not known')
    } finally {
      underWay = false
    }
  }
  const timer = setInterval(() => void look(), PERIOD_MS)
  void look()
  return {
    close(): void {
      closed = true
      clearInterval(timer)
    },
  }
}
