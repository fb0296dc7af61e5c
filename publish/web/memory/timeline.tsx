/** The memory of one device over time: what Ringside holds, what everybody holds, how fragmented it is, how full the rings are. */
import { useState } from 'preact/hooks'
import { fragmentationOf, type MemorySample } from '../../../shared/memory/timeline.js'
import { Fact } from '../figures/fact.js'
import { Choice } from '../shell/choice.js'
import { ProblemNote } from '../shell/problem-note.js'
import { compactions } from '../store/memory.js'
import { usePoll } from '../store/poll.js'
import { formatBytes, formatCount, formatShare, plural } from '../words/format.js'
import { LineChart } from './line-chart.js'
import { columnsOf, deviceSeries, ownSeries, type Series, shareSeries, toldSeries } from './series.js'
import { spans, type TimelineSpan, useTimeline } from './use-timeline.js'

interface Unit {
  format: (value: number) => string
  /** What a scale may go up in. */
  steps: number[]
  /** The least that the scale shows. */
  topAtLeast: number
}

/** KiB … TiB, so that a scale has round figures. */
const bytes: Unit = {
  format: formatBytes,
  steps: Array.from({ length: 34 }, (_, i) => 2 ** (i + 10)),
  topAtLeast: 0,
}
const shares: Unit = { format: formatShare, steps: [0.1, 0.25, 0.5], topAtLeast: 1 }

export function Timeline({ device, name }: { device: string; name: string }) {
  const [span, setSpan] = useState<TimelineSpan>(spans[0])
  const { samples, range, problem } = useTimeline(device, span)
  const marks = (usePoll(compactions).data ?? [])
    .filter(report => report.device === device && report.atMs >= range[0] * 1000)
    .map(({ atMs }) => atMs / 1000)
  const chart = (title: string, all: readonly Series[], unit: Unit) => {
    const series = toldSeries(all, samples)
    const columns = columnsOf(samples, series, span.everyMs * 3)
    return <LineChart {...{ title, series, columns, range, marks, ...unit }} />
  }
  return (
    <section aria-labelledby="timeline-title" data-timeline={device}>
      <div class="section-head">
        <h2 id="timeline-title">
          {name} <span class="unit">{device}</span>
        </h2>
        <Choice
          name="Time shown"
          options={spans.map(({ text }) => ({ value: text, content: text }))}
          chosen={span.text}
          onChange={text => setSpan(spans.find(each => each.text === text) ?? spans[0])}
        />
      </div>
      {problem && <ProblemNote problem={problem} />}
      {samples.length === 0 ? (
        <p class="hint">No samples yet: infer takes one a second.</p>
      ) : (
        <div class="memory">
          <article class="panel memory-lines">
            {chart('Held by Ringside', ownSeries, bytes)}
            {chart('Fragmentation and rings', shareSeries, shares)}
            {chart('Held by everybody', deviceSeries, bytes)}
          </article>
          <NowPanel sample={samples.at(-1)!} />
        </div>
      )}
    </section>
  )
}

function NowPanel({ sample }: { sample: MemorySample }) {
  const fragmentation = fragmentationOf(sample)
  const { ringSlots, ringSlotsUsed, models } = sample
  return (
    <article class="panel">
      <div class="panel-head">
        <h3>Now</h3>
      </div>
      <dl class="facts">
        <Fact name="In use" value={told(sample.inUseBytes)} />
        <Fact name="Reserved" value={told(sample.reservedBytes)} />
        <Fact name="Fragmentation" value={fragmentation === null ? '–' : formatShare(fragmentation)} />
        <Fact name="Peak" value={told(sample.peakBytes)} />
        <Fact name="Infer process" value={told(sample.processBytes)} />
        <Fact name="Device" value={ofTotal(sample.deviceUsedBytes, sample.deviceTotalBytes)} />
        <Fact name="Host" value={ofTotal(sample.hostUsedBytes, sample.hostTotalBytes)} />
        <Fact name="Shared memory" value={ofTotal(sample.shmUsedBytes, sample.shmTotalBytes)} />
        <Fact name="Ring slots" value={`${formatCount(ringSlotsUsed)} of ${formatCount(ringSlots)}`} />
        <Fact name="Runs" value={[plural(sample.streams, 'stream'), ...models].join(', ')} />
      </dl>
    </article>
  )
}

function told(bytes: number | null): string {
  return bytes === null ? '–' : formatBytes(bytes)
}

function ofTotal(used: number | null, total: number | null): string {
  return used === null || total === null ? told(used) : `${formatBytes(used)} of ${formatBytes(total)}`
}
