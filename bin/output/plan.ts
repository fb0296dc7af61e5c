/** A plan as text for a terminal. */

import { leverOf } from '../../shared/budget/levers.js'
import type { Plan, PlannedResource } from '../../shared/budget/plan.js'
import type { Compared } from '../../shared/budget/prediction-error.js'
import { amountText, resourceName } from '../../shared/budget/refusal-text.js'
import { milliseconds } from './quantity.js'
import { fields, table } from './table.js'

export function planText(plan: Plan, asked: boolean): string {
  const parts = [verdict(plan, asked), fields(facts(plan), '  '), resourceTable(plan)]
  if (plan.notes.length > 0) parts.push(plan.notes.map(note => `  note: ${note}`).join('\n'))
  return parts.join('\n\n')
}

function verdict(plan: Plan, asked: boolean): string {
  const { device, deviceName, model, mostStreams, streams, fits } = plan
  const where = `${device} (${deviceName}) carries ${mostStreams} such ${mostStreams === 1 ? 'stream' : 'streams'} of ${model}`
  if (!asked) return `${where}.`
  const [yes, no] = streams === 1 ? ['fits', 'does not fit'] : ['fit', 'do not fit']
  return `${where}: ${streams} ${fits ? yes : no}.`
}

function facts(plan: Plan): [string, string][] {
  const { binding, next, working, assumed, basis, error } = plan
  const all: [string, string | null][] = [
    ['limit', binding && `${bindingNames(plan).join(' and ')}. ${leverOf(binding)}`],
    ['next', next && `${resourceName(next.binding)}, at ${next.streams} streams`],
    [
      'batches',
      working &&
        `of ${working.bucket}, window ${working.windowMs.toFixed(1)} ms: ${working.msPerFrame.toFixed(2)} ms a frame, ${Math.round(working.fullLoadFps)} frames/s, up to ${milliseconds(working.latencyMs)} captured to serialised`,
    ],
    ['basis', basis === 'measured' ? 'a profile of the model on this device' : 'an estimate'],
    ['assumed', assumed.length > 0 ? assumed.join(', ') : null],
    ['memory', error?.memoryBytes ? errorText(error.memoryBytes) : null],
    ['time', error?.engineMs ? errorText(error.engineMs) : null],
  ]
  return all.filter((pair): pair is [string, string] => pair[1] !== null)
}

/** Those that let in no more streams than the one that is named. */
function bindingNames({ resources, mostStreams }: Plan): string[] {
  return resources
    .filter(({ streams }) => streams === mostStreams)
    .map(({ resource }) => resourceName(resource))
}

function errorText({ error }: Compared): string {
  const percent = `${Math.abs(error * 100).toFixed(1)} %`
  return `the profile says ${percent} ${error < 0 ? 'less' : 'more'} than what runs takes`
}

function resourceTable({ resources, streams }: Plan): string {
  const header = ['RESOURCE', `WITH ${streams}`, 'LIMIT', 'SHARE', 'ALONE CARRIES']
  return table(header, resources.filter(matters).map(rowOf))
}

/** What the device neither has nor uses is left out. */
function matters({ used, limit }: PlannedResource): boolean {
  return used > 0 || limit !== null
}

function rowOf({ resource, used, limit, share, streams }: PlannedResource): string[] {
  return [
    resourceName(resource),
    amountText(resource, used),
    limit === null ? '–' : amountText(resource, limit),
    share === null ? '–' : `${Math.round(share * 100)} %`,
    streams === null ? 'any' : String(streams),
  ]
}
