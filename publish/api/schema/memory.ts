/** Schemas of memory over time, of what is held by whom now, and of compactions. */
import Type from 'typebox'
import type { AllocationList, CompactionList, TimelineView } from '../../../shared/api/memory-views.js'
import type { CompactionReport, MemorySample } from '../../../shared/memory/timeline.js'
import { type AllFit, bytes, closed, count, type Fits, nullable, wallMs, words } from './common.js'
import { allocationReport } from './memory-snapshots.js'

const device = Type.String({
  pattern: '^(cpu|cuda)-[0-9]{1,3}$',
  description: 'The id of a device is cpu-0, cuda-0 …',
})
/** Values of a query are text. */
const whole = (description: string) => Type.String({ pattern: '^[0-9]{1,15}$', description })

export const timelineQuery = Type.Object(
  {
    device,
    from: Type.Optional(whole('Milliseconds since the Unix epoch; ten minutes ago where it is absent.')),
    to: Type.Optional(whole('Milliseconds since the Unix epoch; now where it is absent.')),
    everyMs: Type.Optional(whole('At most one sample in as many milliseconds.')),
  },
  closed,
)

const sample = Type.Object({
  atMs: wallMs('When it was taken.'),
  device: Type.String(),
  inUseBytes: nullable(bytes('Of the arenas of all models (GPU), or of the heap of malloc (CPU).')),
  reservedBytes: nullable(bytes('What arenas or malloc hold for that.')),
  peakBytes: nullable(bytes('The most that was in use.')),
  processBytes: nullable(bytes('Of the infer process: on the device, or anonymous and resident.')),
  deviceUsedBytes: nullable(bytes('Of the device, by everybody; on a CPU of the host.')),
  deviceTotalBytes: nullable(bytes('Of the device; on a CPU of the host.')),
  hostUsedBytes: bytes('Of the host, or of the cgroup where that has less.'),
  hostTotalBytes: bytes('The same in all.'),
  shmUsedBytes: bytes('Of the tmpfs of the slabs.'),
  shmTotalBytes: bytes('The same in all.'),
  ringSlotsUsed: count('Slots of rings with a frame that waits or is read.'),
  ringSlots: count('Slots of all rings.'),
  streams: count('Enabled streams.'),
  models: Type.Array(Type.String(), { description: 'Models in memory.' }),
  instance: Type.String({ description: 'Another one after each start of the process.' }),
})
export const timeline = Type.Object({ samples: Type.Array(sample, { description: 'Oldest first.' }) })

export const allocationList = Type.Object({
  processes: Type.Array(allocationReport, { description: 'Those that live; each tells every 5 s.' }),
})

const compaction = Type.Object({
  atMs: wallMs('When it had ended.'),
  device: Type.String(),
  model: nullable(Type.String({ description: 'Whose session was made anew.' })),
  why: words(['fragmentation', 'schedule', 'operator']),
  did: words(
    ['shrunk', 'rebuilt', 'nothing'],
    'shrunk: free heap was given back. rebuilt: a session was made anew. nothing: there was nothing to gain, or no room.',
  ),
  freedBytes: bytes('What was reserved before, less what is now.'),
  tookMs: Type.Number({ description: 'shrunk: nothing ran for so long. rebuilt: from beginning to end.' }),
  fragmentationBefore: nullable(Type.Number()),
  fragmentationAfter: nullable(Type.Number()),
  request: Type.Optional(
    Type.String({ description: 'Names the request that it answers; absent where nobody asked.' }),
  ),
})
export const compactionList = Type.Object({ compactions: Type.Array(compaction) })

export const compactBody = Type.Object(
  {
    device: Type.Optional(device),
    model: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Make the session of this model anew.' }),
    ),
  },
  closed,
)

export type MemoryFit = AllFit<
  [
    Fits<MemorySample, typeof sample>,
    Fits<CompactionReport, typeof compaction>,
    Fits<TimelineView, typeof timeline>,
    Fits<AllocationList, typeof allocationList>,
    Fits<CompactionList, typeof compactionList>,
  ]
>
