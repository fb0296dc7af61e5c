/** Mean average precision over classes, as the COCO evaluation reports it: its conventions, none of its code. */
import type { Judged } from './judged.js'
import { type AreaRange, iouThresholds, match, type Pairing, pair } from './matching.js'
import { averagePrecisions } from './precision.js'

/** 0 … 1; null where there was nothing to find. */
export type Score = number | null

export interface ClassAccuracy {
  classId: number
  /** Labelled objects that were to be found. */
  objects: number
  map50: Score
  map: Score
}

export interface Accuracy {
  /** At an IoU of 0.50; the mean of 0.50, 0.55 … 0.95; at 0.75. */
  map50: Score
  map: Score
  map75: Score
  /** The mean of all thresholds for objects up to 32², up to 96² and above, in px². */
  mapSmall: Score
  mapMedium: Score
  mapLarge: Score
  /** Those with objects to find. */
  classes: ClassAccuracy[]
}

const everySize: AreaRange = { leastPx: 0, mostPx: 1e10 }
const small: AreaRange = { leastPx: 0, mostPx: 32 ** 2 }
const medium: AreaRange = { leastPx: 32 ** 2, mostPx: 96 ** 2 }
const large: AreaRange = { leastPx: 96 ** 2, mostPx: 1e10 }

/** @param pictures in a fixed order: it decides between equal scores. */
export function evaluate(pictures: readonly Judged[]): Accuracy {
  const byClass = [...pairingsByClass(pictures)].sort(([a], [b]) => a - b)
  const scored = byClass.map(([classId, pairings]) => ({
    classId,
    objects: pairings.reduce((sum, { truths }) => sum + truths.filter(({ crowd }) => !crowd).length, 0),
    precisions: precisionsIn(pairings, everySize),
  }))
  const meanIn = (range: AreaRange) => mean(byClass.map(([, pairings]) => precisionsIn(pairings, range)))
  const at = (t: number): Score => mean(scored.map(({ precisions }) => precisions && [precisions[t]!]))
  return {
    map50: at(0),
    map: mean(scored.map(({ precisions }) => precisions)),
    map75: at(iouThresholds.length / 2),
    mapSmall: meanIn(small),
    mapMedium: meanIn(medium),
    mapLarge: meanIn(large),
    classes: scored.flatMap(({ classId, objects, precisions }) =>
      precisions ? [{ classId, objects, map50: precisions[0]!, map: mean([precisions]) }] : [],
    ),
  }
}

function pairingsByClass(pictures: readonly Judged[]): Map<number, Pairing[]> {
  const byClass = new Map<number, Pairing[]>()
  for (const { truths, found } of pictures) {
    for (const classId of new Set([...truths, ...found].map(item => item.classId))) {
      const own = <T extends { classId: number }>(items: readonly T[]) =>
        items.filter(item => item.classId === classId)
      const pairing = pair({ truths: own(truths), found: own(found) })
      const known = byClass.get(classId)
      if (known) known.push(pairing)
      else byClass.set(classId, [pairing])
    }
  }
  return byClass
}

function precisionsIn(pairings: readonly Pairing[], range: AreaRange): number[] | null {
  return averagePrecisions(pairings.map(pairing => match(pairing, range)))
}

/** Over all numbers of all classes that have any. */
function mean(classes: readonly (readonly number[] | null)[]): Score {
  const numbers = classes.flatMap(precisions => precisions ?? [])
  return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
