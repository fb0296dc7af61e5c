/** What the planner asks: a number of streams of one kind. Pure. */
import type { PlanAsked } from '../../../shared/api/views.js'

export const resolutions = ['480p', '720p', '1080p', '1440p', '2160p'] as const
export const codecs = ['h264', 'hevc'] as const
export const places = ['empty', 'beside'] as const

export interface PlanQuestion {
  streams: number
  fps: number
  /** Index into `resolutions`: a slider's value. */
  resolution: number
  codec: (typeof codecs)[number]
  /** Empty is the default. */
  model: string
  /** 0: that of the budget. */
  latencyTargetMs: number
  /** On an empty device, or beside what runs. */
  place: (typeof places)[number]
}

export const firstQuestion: PlanQuestion = {
  streams: 8,
  fps: 15,
  resolution: 2,
  codec: 'h264',
  model: '',
  latencyTargetMs: 0,
  place: 'empty',
}

export function askedOf(question: PlanQuestion): PlanAsked {
  const { streams, fps, resolution, codec, model, latencyTargetMs, place } = question
  return {
    streams,
    fps,
    resolution: resolutions[resolution] ?? '1080p',
    codec,
    beside: place === 'beside',
    ...(model !== '' && { model }),
    ...(latencyTargetMs > 0 && { latencyTargetMs }),
  }
}
