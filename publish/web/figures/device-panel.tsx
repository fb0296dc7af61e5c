/** One device that infer runs on: what runs there, and how full it is. */
import type { DeviceView } from '../../../shared/api/views.js'
import { formatBytes, formatMs } from '../words/format.js'
import { HostedModels } from './hosted-models.js'
import { Meter } from './meter.js'

export function DevicePanel({ device }: { device: DeviceView }) {
  return (
    <article class="panel" data-device={device.id}>
      <div class="panel-head">
        <h3>{device.device}</h3>
        <span class="panel-value">{device.id}</span>
      </div>
      <Meter name="Busy" share={device.busy} title="Share of the last second in which the engine ran" />
      <Meter name="Fill" share={device.fill} title="Mean frames in a batch, of its bucket's size" />
      <HostedModels device={device} />
      <dl class="facts">
        <dt>Engine</dt>
        <dd>{device.engine}</dd>
        <dt>Default model</dt>
        <dd>{device.model}</dd>
        <dt>Its buckets</dt>
        <dd>{device.buckets.join(', ')} frames</dd>
        <dt>Batch window</dt>
        <dd>{formatMs(device.batchWindowMs)}</dd>
        <dt>Threads</dt>
        <dd>{device.threads}</dd>
        <dt>Resident memory</dt>
        <dd>{formatBytes(device.residentBytes)}</dd>
      </dl>
    </article>
  )
}
