/** What to say while a stream goes over from one model to another: the old boxes go on until the new model is ready. */
import type { DeviceView, StreamView } from '../../../shared/api/views.js'

type Changing = Pick<StreamView, 'enabled' | 'state' | 'model'>
type Host = Pick<DeviceView, 'model'> & {
  models: readonly Pick<DeviceView['models'][number], 'name' | 'state'>[]
}

/** The name of the model that a stream wants; null while no device has said which is the default. */
export function wantedModel(stream: Pick<StreamView, 'model'>, hosts: readonly Host[]): string | null {
  return stream.model ?? hosts[0]?.model ?? null
}

/**
 * @param served the model of the newest result; null before the first.
 * @returns null where nothing is under way. Why a model cannot be loaded is the stream's own reason, not told here.
 */
export function describeModelChange(
  stream: Changing,
  served: string | null,
  hosts: readonly Host[],
): string | null {
  const wanted = wantedModel(stream, hosts)
  if (!stream.enabled || wanted === null || wanted === served) return null
  const states = hosts
    .flatMap(host => host.models.filter(({ name }) => name === wanted))
    .map(({ state }) => state)
  const goesOn =
    served === null || stream.state !== 'live' ? '' : ` Until then the boxes are those of ${served}.`
  if (states.includes('loaded') || states.includes('idle')) {
    return stream.state === 'live' && served !== null
      ? `${wanted} is loaded; the stream goes over to it now.`
      : null
  }
  if (states.includes('loading')) return `${wanted} is being loaded.${goesOn}`
  if (states.includes('failed')) return goesOn === '' ? null : `The boxes are still those of ${served}.`
  return served === null ? null : `${wanted} was asked for, and is loaded next.${goesOn}`
}
