/** Tells the host once a second which models the enabled streams name. A Redis that is away changes nothing: what is served goes on. */
import { messageOf } from '../../shared/errors.js'
import type { Log } from '../../shared/log.js'
import { canonicalModelName } from '../../shared/model/model-name.js'
import type { EffectiveStreams } from '../../shared/redis/effective-streams.js'
import type { DesiredStream } from '../../shared/stream/stream.js'
import { type Repeated, repeat } from '../repeat.js'

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
): Repeated {
  return repeat({
    everyMs: PERIOD_MS,
    read: () => effective.list(),
    act: streams => onWishes(wantedModels(streams)),
    failed: error => log.warn({ reason: messageOf(error) }, 'the wanted models are not known'),
  })
}
