/** The slabs of pixels in shared memory, and what is left of it. */
import type { DeviceView } from '../../../shared/api/views.js'
import type { SlabInfo } from '../../../shared/slab/info.js'
import { formatBytes } from '../words/format.js'

export function SlabPanel({
  slabs,
  devices,
}: {
  slabs: readonly SlabInfo[]
  devices: readonly DeviceView[]
}) {
  const free = devices[0]?.shmFreeBytes
  const used = devices.reduce((sum, device) => sum + device.slabBytes, 0)
  return (
    <article class="panel">
      <div class="panel-head">
        <h3>Slab</h3>
        <span class="panel-value">{formatBytes(used)}</span>
      </div>
      {slabs.length === 0 && <p class="hint">No slab is announced: infer makes it when it starts.</p>}
      <dl class="facts">
        {slabs.map(slab => (
          <SlabFacts key={slab.id} slab={slab} />
        ))}
        <dt>Free in shared memory</dt>
        <dd>{free === undefined ? '–' : formatBytes(free)}</dd>
      </dl>
    </article>
  )
}

function SlabFacts({ slab }: { slab: SlabInfo }) {
  return (
    <>
      <dt>{slab.id}</dt>
      <dd>
        {slab.slotCount} slots of {formatBytes(slab.frameBytes)} ({slab.widthPx} × {slab.heightPx}), room for{' '}
        {slab.rowCount} streams
      </dd>
    </>
  )
}
