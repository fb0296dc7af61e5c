/** A small line of the last minute: shape, not figures. */
import type { Sample } from '../store/history.js'

const WIDTH = 120
const HEIGHT = 28
/** A minute of seconds. */
const SAMPLES = 60

/** Points of an SVG polyline, newest at the right edge; the scale starts at 0. */
export function sparkPoints(samples: readonly Sample[], capacity: number): string {
  const peak = Math.max(1, ...samples.map(sample => sample.value))
  const step = WIDTH / (capacity - 1)
  return samples
    .map((sample, i) => {
      const x = WIDTH - (samples.length - 1 - i) * step
      const y = HEIGHT - 2 - (sample.value / peak) * (HEIGHT - 4)
      return `${x.toFixed(1)},${y.toFixed(1)}`
    })
    .join(' ')
}

export function Sparkline({ samples, label }: { samples: readonly Sample[]; label: string }) {
  const points = samples.length > 1 ? sparkPoints(samples, SAMPLES) : null
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <line x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} class="spark-base" />
      {points && <polyline points={points} class="spark-line" />}
    </svg>
  )
}
