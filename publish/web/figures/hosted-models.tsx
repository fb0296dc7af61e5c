/** The models that one device hosts: what the memory limit is charged for each, and how well its batches fill. */
import type { DeviceView } from '../../../shared/api/views.js'
import type { HostedModelReport } from '../../../shared/process/report.js'
import { Badge } from '../shell/badge.js'
import { formatBytes, formatShare } from '../words/format.js'
import { modelStateWords } from '../words/model.js'
import { Meter } from './meter.js'

export function HostedModels({ device }: { device: DeviceView }) {
  const { memoryChargedBytes: charged, memoryLimitBytes: limit } = device
  return (
    <div class="hosted">
      <Meter
        name="Charged"
        share={limit > 0 ? charged / limit : 0}
        value={`${formatBytes(charged)} of ${formatBytes(limit)}`}
        title="What loaded models are charged, of model.memoryBytes"
      />
      {device.models.length === 0 ? (
        <p class="hint">No model is loaded. One is when a stream names it.</p>
      ) : (
        <div class="table-scroll">
          <table class="table">
            <caption class="unseen">Models on {device.device}</caption>
            <thead>
              <tr>
                <th scope="col">Model</th>
                <th scope="col">State</th>
                <th scope="col">Streams</th>
                <th scope="col">Charged</th>
                <th scope="col">Fill</th>
              </tr>
            </thead>
            <tbody>
              {device.models.map(model => (
                <HostedRow key={model.name} model={model} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

function HostedRow({ model }: { model: HostedModelReport }) {
  const { word, tone, meaning } = modelStateWords[model.state]
  const isLoaded = model.state === 'loaded' || model.state === 'idle'
  return (
    <>
      <tr data-hosted={model.name}>
        <th scope="row">{model.name}</th>
        <td title={meaning}>
          <Badge tone={tone} word={word} state={model.state} />
        </td>
        <td class="number">{model.streams}</td>
        <td class="number">{formatBytes(model.chargedBytes)}</td>
        <td class="number">{isLoaded ? formatShare(model.fill) : '–'}</td>
      </tr>
      {model.reason && (
        <tr class="below">
          <td colSpan={5}>{model.reason.text}</td>
        </tr>
      )}
    </>
  )
}
