/** What an owner of memory is called, and what it means and helps where it grows. Pure. */
import type { Stage } from '../process/report.js'
import type { Allocation, AllocationKind } from './allocation.js'

/** An allocation apart from the process that made it: the same owner in another process is the same owner. */
export interface OwnerId extends Pick<Allocation, 'kind' | 'owner' | 'where'> {
  stage: Stage
}

export function ownerKey({ stage, kind, owner, where }: OwnerId): string {
  return [stage, where, kind, owner].join('|')
}

/** For people: `decoder of stream gate (ingest)`, `arena of model yolov8n (infer, device)`. */
export function ownerName({ stage, kind, owner, where }: OwnerId): string {
  const what = kind === 'heap' ? 'JavaScript heap' : kind
  return `${what} of ${owner} (${where === 'host' ? stage : `${stage}, ${where}`})`
}

/** What growth without a change of streams or models says of each kind, and what to do. */
const growthOfKind: Record<AllocationKind, readonly [cause: string, remedy: string]> = {
  weights: [
    'a model is held more than once, or was not let go when it was replaced',
    'Compare `ringside gpu ls` with the streams’ models; a restart of infer frees what nobody names.',
  ],
  buffers: [
    'buffers of batches were added and never given back',
    'Look which buckets are loaded (`ringside gpu ls --json`); a restart of infer frees the rest.',
  ],
  activations: [
    'what a model needs while it runs grows, as with inputs of changing shape',
    'Give the model fixed shapes (`ringside model prepare`), or restart infer.',
  ],
  arena: [
    'the arena of the engine grows after warm-up: allocations of other sizes than before, or ones never freed',
    'Run `ringside memory compact`; bound it with model.cuda.memoryBytes; where it grows again, report it.',
  ],
  context: [
    'the driver’s own memory grows: sessions or streams of the GPU are made again and again',
    'Look for a model or a decoder that restarts; restart infer.',
  ],
  slab: [
    'slabs are made and not removed',
    'Look at /api/v1/processes for slabs without a model; restart infer.',
  ],
  ring: ['rings are given out and not given back', 'Compare ringSlots with the streams; restart ingest.'],
  heap: [
    'JavaScript objects are kept that nobody needs any more',
    'Take a heap snapshot (`kill -USR2` after starting with --heapsnapshot-signal=SIGUSR2) and report it; a restart of the process frees the memory, and detections go on after some seconds.',
  ],
  external: [
    'memory outside the JavaScript heap is kept: buffers, or what native modules hold',
    'Look at messagesLost and the count of WebSocket clients; a restart of the process frees the memory.',
  ],
  code: ['programs or libraries are loaded again and again', 'Restart the process, and report it.'],
  decoder: [
    'the decoder of the stream keeps what it should free, as FFmpeg does with some broken streams',
    'Pause and resume the stream: its decoder starts afresh. Try another decoder (`decoder: ffmpeg`), and the camera’s firmware.',
  ],
  other: [
    'native memory grows that no owner is known of: the allocator’s free lists, or a library',
    'Run `ringside memory compact`; where it grows again, restart the process, and report it.',
  ],
}

/** The arena of a process is what its allocator keeps free; that of a model is the engine's. */
const growthOfFreeHeap: readonly [cause: string, remedy: string] = [
  'the allocator keeps what was freed, in pieces that it cannot give back',
  'Run `ringside memory compact`; where it grows again, restart the process.',
]

export function growthMeaning(id: OwnerId): string {
  return growthOf(id)[0]
}

export function growthRemedy(id: OwnerId): string {
  return growthOf(id)[1]
}

function growthOf({ kind, owner, where }: OwnerId): readonly [cause: string, remedy: string] {
  const isFreeHeap = kind === 'arena' && owner === 'process' && where === 'host'
  return isFreeHeap ? growthOfFreeHeap : growthOfKind[kind]
}
