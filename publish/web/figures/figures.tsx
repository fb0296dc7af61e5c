/** Devices, processes, memory and the connection: how the machine bears it. */
import { ProblemNote } from '../shell/problem-note.js'
import { devices } from '../store/devices.js'
import { usePoll } from '../store/poll.js'
import { processes } from '../store/processes.js'
import { ConnectionPanel } from './connection-panel.js'
import { DevicePanel } from './device-panel.js'
import { GpuPanel } from './gpu-panel.js'
import { ProcessPanel } from './process-panel.js'
import { SlabPanel } from './slab-panel.js'

export function Figures() {
  const gpus = usePoll(devices)
  const stages = usePoll(processes)
  return (
    <>
      <h1>Figures</h1>
      {gpus.problem && <ProblemNote problem={gpus.problem} />}
      <section aria-labelledby="devices-title">
        <h2 id="devices-title">Devices</h2>
        <div class="tiles">
          {gpus.data?.length === 0 && (
            <p class="hint">No infer process runs, so there is no device to show.</p>
          )}
          {gpus.data?.map(device => (
            <DevicePanel key={device.id} device={device} />
          ))}
          {gpus.data?.map(({ id, gpu }) => gpu && <GpuPanel key={id} deviceId={id} gpu={gpu} />)}
        </div>
      </section>
      <section aria-labelledby="processes-title">
        <h2 id="processes-title">Processes</h2>
        <div class="tiles">
          {stages.data?.processes.map(report => (
            <ProcessPanel key={report.instance} report={report} />
          ))}
        </div>
      </section>
      <section aria-labelledby="memory-title">
        <h2 id="memory-title">Shared memory and connection</h2>
        <div class="tiles">
          <SlabPanel slabs={stages.data?.slabs ?? []} devices={gpus.data ?? []} />
          <ConnectionPanel />
        </div>
      </section>
    </>
  )
}
