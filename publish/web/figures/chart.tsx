/** A chart of the last minutes: one line over time, its scale from 0 to a little above the peak, both ends named. */
import type { Sample } from '../store/history.js'

interface Props {
  samples: readonly Sample[]
  label: string
  format: (value: number) => string
}

const WIDTH = 300
const HEIGHT = 72

/** Points of an SVG polyline in a box of WIDTH × HEIGHT. */
export function chartPoints(samples: readonly Sample[], peak: number): string {
  const first = samples[0]?.atMs ?? 0
  const spanMs = Math.max(1, (samples.at(-1)?.atMs ?? 0) - first)
  return samples
    .map(({ atMs, value }) => {
      const x = ((atMs - first) / spanMs) * WIDTH
      const y = HEIGHT - 1 - (value / peak) * (HEIGHT - 2)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}

export function Chart({ samples, label, format }: Props) {
  const peak = Math.max(1e-9, ...samples.map(sample => sample.value)) * 1.15
  const points = chartPoints(samples, peak)
  const now = samples.at(-1)
  return (
    <figure class="chart">
      <figcaption>
        <span>{label}</span>
        <strong>{now ? format(now.value) : '–'}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <line class="chart-grid" x1="0" x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
        <line class="chart-grid" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {samples.length > 1 && (
          <>
            <polygon class="chart-area" points={`0,${HEIGHT} ${points} ${WIDTH},${HEIGHT}`} />
            <polyline class="chart-line" points={points} />
          </>
        )}
      </svg>
      <div class="chart-scale" aria-hidden="true">
        <span>{samples.length > 1 ? span(samples) : 'collecting…'}</span>
        <span>scale 0 to {format(peak)}</span>
      </div>
    </figure>
  )
}

function span(samples: readonly Sample[]): string {
  const seconds = Math.round((samples.at(-1)!.atMs - samples[0]!.atMs) / 1000)
  return seconds < 120 ? `last ${seconds} s` : `last ${Math.round(seconds / 60)} min`
}
