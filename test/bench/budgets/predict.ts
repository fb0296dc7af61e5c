/** What a profile says that loads will take, held against what they took. Pure. */

import { fittedBytes } from '../../../infer/profile/fit.js'
import type { ModelProfile } from '../../../shared/budget/profile.js'
import type { Loaded } from './phases.js'

export interface Comparison {
  /** One model, or several of one process joined by `+`. */
  what: string
  predictedBytes: number
  measuredBytes: number
  /** (predicted − measured) / measured. */
  error: number
}

export function compareOne(profile: ModelProfile, loaded: Loaded): Comparison {
  return comparison(loaded.model, fittedBytes(profile.fit, loaded.buckets), loaded.bytes)
}

/** The libraries of a GPU are there once, whoever was first. */
export function compareAll(profiles: readonly ModelProfile[], loads: readonly Loaded[]): Comparison {
  const predicted = loads.map(({ model, buckets }, i) => {
    const profile = profiles.find(each => each.model === model) as ModelProfile
    const already = i > 0 ? (profile.once?.libraryBytes ?? 0) : 0
    return fittedBytes(profile.fit, buckets) - already
  })
  const measured = loads.map(({ bytes }) => bytes)
  return comparison(loads.map(({ model }) => model).join(' + '), sum(predicted), sum(measured))
}

function comparison(what: string, predictedBytes: number, measuredBytes: number): Comparison {
  return { what, predictedBytes, measuredBytes, error: (predictedBytes - measuredBytes) / measuredBytes }
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
