/** Which precision of a model to run on this machine, and why. Pure. */
import type { Precision } from '../../infer/model/prepared-model.js'
import type { Ratio } from './rounds.js'

/** What was measured of one precision. */
export interface Candidate {
  name: string
  precision: Precision
  /** Against fp32. */
  ratio: Ratio
  /** mAP@50:95, 0 … 1. */
  map: number
}

export interface Choice {
  name: string
  /** Sentences. */
  reasons: string[]
}

/** Less is not worth a change; and three rounds of four must show it, or the machine was too busy to tell. */
const WORTHWHILE_RATIO = 1.05

/**
 * The fastest of those that lose no more than allowed; fp32 unless another is surely faster.
 * @param candidates the first is fp32.
 * @param maxLoss mAP@50:95, 0 … 1.
 */
export function choose(candidates: readonly Candidate[], maxLoss: number): Choice {
  const [fp32, ...others] = candidates as [Candidate, ...Candidate[]]
  const fit = others.filter(other => isFaster(other) && fp32.map - other.map <= maxLoss)
  const best = fit.reduce((a, b) => (b.ratio.median > a.ratio.median ? b : a), fit[0] ?? fp32)
  const rejected = others.filter(other => other !== best)
  const told = (candidate: Candidate, why: string): string =>
    `${candidate.name} ${speedText(candidate)} and ${lossText(candidate, fp32)}${why}.`
  return {
    name: best.name,
    reasons: [
      ...(best === fp32
        ? [
            `${fp32.name} loses nothing${others.length > 0 ? ', and nothing is surely faster at a loss that is allowed' : ''}.`,
          ]
        : [told(best, '')]),
      ...rejected.map(other => told(other, whyNot(other, fp32, maxLoss))),
      ...(rejected.some(isSlowHalf) ? [halfOnCpu] : []),
    ],
  }
}

const halfOnCpu =
  'fp16 is no gain on such a CPU: ONNX Runtime has no half-precision kernels for it, computes in fp32 and converts around each operator. It halves the file, and pays on a GPU.'

function isSlowHalf(candidate: Candidate): boolean {
  return candidate.precision === 'fp16' && !isFaster(candidate)
}

function isFaster({ ratio }: Candidate): boolean {
  return ratio.low >= WORTHWHILE_RATIO
}

function speedText({ ratio: { median, low, high } }: Candidate): string {
  return `gives ${median.toFixed(2)} times the frames/s of fp32 (half of the rounds: ${low.toFixed(2)} to ${high.toFixed(2)})`
}

function lossText({ map }: Candidate, fp32: Candidate): string {
  const loss = (fp32.map - map) * 100
  return loss >= 0
    ? `loses ${loss.toFixed(2)} points of mAP@50:95`
    : `gains ${(-loss).toFixed(2)} points of mAP@50:95`
}

function whyNot(other: Candidate, fp32: Candidate, maxLoss: number): string {
  if (fp32.map - other.map > maxLoss) return `, more than the ${(maxLoss * 100).toFixed(2)} that are allowed`
  if (isFaster(other)) return ', and is not the fastest'
  const isUnsure = other.ratio.median >= WORTHWHILE_RATIO
  return isUnsure
    ? ', but the rounds disagree: measure again while the machine is idle'
    : ', too little speed to change for'
}
