/** The models that one device hosts: what the memory limit is charged for each, and how well its batches fill. */
import type { DeviceView } from '../../../shared/api/views.js'
import type { HostedModelReport } from '../../../shared/process/report.js'
import { Badge } from '../shell/badge.js'
import { formatBytes, formatShare, plural } from '../words/format.js'
import { engineFacts, engineTroubles } from '../words/gpu.js'
import { modelStateWords } from '../words/model.js'
import { Meter } from './meter.js'

export function HostedModels({ device }: { device: DeviceView }) {
  const { memoryChargedBytes: charged, memoryLimitBytes: limit, deviceMemory } = device
  return (
    <div class="hosted">
      <Meter
        name="Charged"
        share={limit > 0 ? charged / limit : 0}
        value={`${formatBytes(charged)} of ${formatBytes(limit)}`}
        title="What loaded models are charged, of model.memoryBytes"
      />
      {deviceMemory && (
        <Meter
          name="Charged on the device"
          share={deviceMemory.limitBytes > 0 ? deviceMemory.chargedBytes / deviceMemory.limitBytes : 0}
          value={`${formatBytes(deviceMemory.chargedBytes)} of ${formatBytes(deviceMemory.limitBytes)}`}
          title="What loaded models are charged, of model.cuda.memoryBytes"
        />
      )}
      {device.models.length === 0 && <p class="hint">No model is loaded. One is when a stream names it.</p>}
      <ul aria-label={`Models on ${device.device}`}>
        {device.models.map(model => (
          <Hosted key={model.name} model={model} />
        ))}
      </ul>
    </div>
  )
}

function Hosted({ model }: { model: HostedModelReport }) {
  const { word, tone, meaning } = modelStateWords[model.state]
  return (
    <li data-hosted={model.name}>
      <div class="hosted-head" title={meaning}>
        <strong>{model.name}</strong>
        <Badge tone={tone} word={word} state={model.state} />
      </div>
      <p class="hint">{figuresOf(model)}</p>
      {model.reason && <p class="model-problem">{model.reason.text}</p>}
      {model.engine &&
        engineTroubles(model.engine).map(trouble => (
          <p key={trouble} class="model-problem">
            {trouble}
          </p>
        ))}
    </li>
  )
}

/** "2 streams · charged 64.0 MiB · fill 75 %" */
function figuresOf({ state, streams, chargedBytes, fill, engine }: HostedModelReport): string {
  const charge = chargedBytes > 0 ? [`charged ${formatBytes(chargedBytes)}`] : []
  const batches = state === 'loaded' ? [`fill ${formatShare(fill)}`] : []
  return [plural(streams, 'stream'), ...charge, ...batches, ...(engine ? engineFacts(engine) : [])].join(
    ' · ',
  )
}
