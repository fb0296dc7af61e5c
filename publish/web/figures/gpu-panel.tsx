/** One GPU: its memory, how busy its parts are, power and heat over the last minutes. What it does not tell is left out. */
import type { GpuReport } from '../../../shared/process/gpu-report.js'
import { type GpuHistory, gpuHistory } from '../store/devices.js'
import {
  formatByteRate,
  formatBytes,
  formatCelsius,
  formatMhz,
  formatShare,
  formatWatts,
} from '../words/format.js'
import { heldBackBy } from '../words/gpu.js'
import { Chart } from './chart.js'
import { Fact } from './fact.js'
import { Meter } from './meter.js'

export function GpuPanel({ deviceId, gpu }: { deviceId: string; gpu: GpuReport }) {
  return (
    <article class="panel" data-gpu={deviceId}>
      <div class="panel-head">
        <h3>{gpu.name}</h3>
        <span class="panel-value">GPU of {deviceId}</span>
      </div>
      <GpuMeters gpu={gpu} />
      <GpuCharts gpu={gpu} history={gpuHistory(deviceId)} />
      <dl class="facts">
        {factsOf(gpu).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </article>
  )
}

function GpuMeters({ gpu }: { gpu: GpuReport }) {
  const { totalBytes, usedBytes, smBusy, decoderBusy, encoderBusy, memoryBusy } = gpu
  const busy: [name: string, share: number | null, title: string][] = [
    ['SMs', smBusy, 'Share of time in which any kernel ran'],
    ['Bus', memoryBusy, 'Share of time in which its memory was read or written'],
    ['Decode', decoderBusy, 'Share of time in which its decoders ran'],
    ['Encode', encoderBusy, 'Share of time in which its encoders ran'],
  ]
  return (
    <div class="gpu-meters">
      {totalBytes !== null && usedBytes !== null && (
        <Meter
          name="Memory"
          share={totalBytes > 0 ? usedBytes / totalBytes : 0}
          value={`${formatBytes(usedBytes)} of ${formatBytes(totalBytes)}`}
          title="What all processes hold of its memory"
        />
      )}
      {busy.map(
        ([name, share, title]) =>
          share !== null && <Meter key={name} name={name} share={share} title={title} />,
      )}
    </div>
  )
}

const charts: [figure: keyof GpuHistory, label: string, format: (value: number) => string][] = [
  ['smBusy', 'SMs busy', formatShare],
  ['decoderBusy', 'Decoders busy', formatShare],
  ['usedBytes', 'GPU memory', formatBytes],
  ['powerWatts', 'Power', formatWatts],
  ['temperatureCelsius', 'Temperature', formatCelsius],
]

function GpuCharts({ gpu, history }: { gpu: GpuReport; history: GpuHistory | null }) {
  const told = charts.filter(([figure]) => gpu[figure] !== null)
  return (
    <>
      {told.map(([figure, label, format]) => (
        <Chart key={figure} samples={history?.[figure].samples ?? []} label={label} format={format} />
      ))}
    </>
  )
}

function factsOf(gpu: GpuReport): [name: string, value: string][] {
  const { smClockMhz, memoryClockMhz, videoClockMhz } = gpu
  return [
    ['Memory of this process', told(gpu.processBytes, formatBytes)],
    ['From the host', told(gpu.pcieRxBytesPerSecond, formatByteRate)],
    ['To the host', told(gpu.pcieTxBytesPerSecond, formatByteRate)],
    ['Power limit', told(gpu.powerLimitWatts, formatWatts)],
    ['Clock of SMs', told(smClockMhz, formatMhz)],
    ['Clock of memory', told(memoryClockMhz, formatMhz)],
    ['Clock of video', told(videoClockMhz, formatMhz)],
    ['Held back by', heldBackBy(gpu.throttleReasons)],
    ['Driver', gpu.driver],
  ]
}

function told(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value)
}
