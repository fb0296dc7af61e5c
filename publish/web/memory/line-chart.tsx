/** Lines over time, drawn by uPlot: in the colours of the page, as wide as its panel, with marks where something was done. */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { colourOf, onColourScheme } from './page-colours.js'
import type { Columns, Series } from './series.js'

interface Props {
  title: string
  series: readonly Series[]
  columns: Columns
  format: (value: number) => string
  /** From … to, seconds since the Unix epoch. */
  range: readonly [number, number]
  /** What the scale may go up in. */
  steps: number[]
  /** The least that the scale shows, e.g. 1 for shares; 0 leaves it to the values. */
  topAtLeast?: number
  /** Seconds since the Unix epoch. */
  marks?: readonly number[]
}

const HEIGHT_PX = 190
/** Charts of one page point at one moment. */
const CURSOR = 'ringside-memory'

export function LineChart(props: Props) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const latest = useRef(props)
  latest.current = props
  const labels = props.series.map(({ label }) => label).join('|')

  // Other lines are another chart; whatever else changes is read from `latest`.
  useEffect(() => {
    const element = place.current!
    const made = new uPlot(optionsOf(latest, element.clientWidth), latest.current.columns, element)
    chart.current = made
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT_PX })
    })
    resized.observe(element)
    const stopListening = onColourScheme(() => made.redraw(false))
    return () => {
      resized.disconnect()
      stopListening()
      made.destroy()
      chart.current = null
    }
  }, [labels])
  useEffect(() => chart.current?.setData(props.columns), [props.columns])

  return (
    <figure
      class="lines"
      aria-label={describe(props)}
      data-chart={props.title}
      data-marks={props.marks?.length ?? 0}
    >
      <figcaption>{props.title}</figcaption>
      <div ref={place} class="lines-plot" />
    </figure>
  )
}

function optionsOf(latest: { current: Props }, widthPx: number): uPlot.Options {
  const axis = {
    stroke: () => colourOf('--ink-2'),
    grid: { stroke: () => colourOf('--line'), width: 1 },
    ticks: { stroke: () => colourOf('--line'), width: 1, size: 4 },
    font: '12px system-ui, sans-serif',
  }
  return {
    width: Math.max(1, widthPx),
    height: HEIGHT_PX,
    cursor: { sync: { key: CURSOR }, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: () => [...latest.current.range] as [number, number] },
      y: { range: (_, __, most) => [0, Math.max(latest.current.topAtLeast ?? 0, (most ?? 0) * 1.08, 1e-9)] },
    },
    axes: [
      {
        ...axis,
        space: 60,
        values: (_, splits, __, ___, stepSeconds) => splits.map(at => moment(at, stepSeconds)),
      },
      {
        ...axis,
        size: 66,
        incrs: latest.current.steps,
        values: (_, splits) => splits.map(value => latest.current.format(value)),
      },
    ],
    series: [
      { value: (plot, at) => clock(at ?? plot.data[0].at(-1) ?? 0) },
      ...latest.current.series.map(line(latest)),
    ],
    hooks: { draw: [plot => drawMarks(plot, latest.current.marks ?? [])] },
  }
}

function line(latest: { current: Props }) {
  return ({ label, colour, dashed }: Series): uPlot.Series => ({
    label,
    stroke: () => colourOf(colour),
    width: 1.5,
    ...(dashed && { dash: [5, 4] }),
    points: { show: false },
    // Where nobody points, the newest.
    value: (plot, value, i, at) => {
      const told = at === null ? newestOf(plot.data[i]) : value
      return told === null ? '–' : latest.current.format(told)
    },
  })
}

/** A vertical line each, over the lines of the figures. */
function drawMarks(plot: uPlot, marks: readonly number[]): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = colourOf('--bad')
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
  for (const at of marks) {
    const x = Math.round(plot.valToPos(at, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

function newestOf(values: uPlot.AlignedData[number] | undefined): number | null {
  return (values as (number | null)[] | undefined)?.findLast(value => value !== null) ?? null
}

/** Days where the lines are of days. */
function moment(atSeconds: number, stepSeconds: number): string {
  const at = new Date(atSeconds * 1000)
  if (stepSeconds >= 86_400) return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
}

function clock(atSeconds: number): string {
  return new Date(atSeconds * 1000).toLocaleTimeString('en-GB')
}

/** The newest values, for those who do not see the lines. */
function describe({ title, series, columns, format }: Props): string {
  const [, ...values] = columns
  const now = series.map(({ label }, i) => {
    const value = newestOf(values[i])
    return `${label} ${value === null ? 'not known' : format(value)}`
  })
  return `${title}: ${now.join(', ')}`
}
