/** The samples of one device for the time that is shown, asked for again as they come. */
import { useEffect, useMemo } from 'preact/hooks'
import type { Problem } from '../../../shared/api/views.js'
import { type MemorySample, timelineTiers } from '../../../shared/memory/timeline.js'
import { memoryApi } from '../api/memory.js'
import { createPoll, type Poll } from '../store/poll.js'
import { useValue } from '../store/use-value.js'

export interface TimelineSpan {
  text: string
  lengthMs: number
  everyMs: number
}

/** The oldest samples leave while a request is on its way; a tier that no longer reaches back is not read. */
const MARGIN_MS = 10_000

/** One for each resolution that is kept. */
export const spans: readonly [TimelineSpan, ...TimelineSpan[]] = [
  { text: '10 min', lengthMs: timelineTiers[0].keepMs - MARGIN_MS, everyMs: timelineTiers[0].everyMs },
  { text: '6 h', lengthMs: timelineTiers[1].keepMs - MARGIN_MS, everyMs: timelineTiers[1].everyMs },
  { text: '7 d', lengthMs: timelineTiers[2].keepMs - MARGIN_MS, everyMs: timelineTiers[2].everyMs },
]
const FASTEST_MS = 2000

interface Read {
  samples: MemorySample[]
  /** Seconds since the Unix epoch. */
  range: readonly [number, number]
}

export function useTimeline(device: string, span: TimelineSpan): Read & { problem: Problem | null } {
  const poll = useMemo((): Poll<Read> => pollOf(device, span), [device, span])
  useEffect(() => poll.hold(), [poll])
  const { data, problem } = useValue(poll.value)
  return { samples: data?.samples ?? [], range: data?.range ?? [0, 1], problem }
}

function pollOf(device: string, { lengthMs, everyMs }: TimelineSpan): Poll<Read> {
  return createPoll(
    async () => {
      const toMs = Date.now()
      const fromMs = toMs - lengthMs
      const { samples } = await memoryApi.timeline({ device, fromMs, toMs, everyMs })
      return { samples, range: [fromMs / 1000, toMs / 1000] as const }
    },
    Math.max(FASTEST_MS, everyMs),
  )
}
