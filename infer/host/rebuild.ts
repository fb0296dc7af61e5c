/**
 * A model's session made anew over the same slab, so that its memory is laid out afresh; ingest notices nothing.
 *
 *   beside    load a second one ─► let the first one's batches end ─► serve with the second ─► unload the first
 *   instead   let its batches end ─► unload it ─► load it anew ─► serve        (there is no room for both)
 *
 * Frames that come between two sessions wait in their rings: the newest of each stream is inferred next.
 */
import { drain } from './drain.js'
import type { HostedModel, Loaded, RunningModel } from './hosted-model.js'

/** What a rebuild needs of the host. */
export interface RebuildParts {
  /** Whether it may be loaded beside all that is loaded. */
  hasRoom(): boolean
  load(): Promise<Loaded>
  unload(running: RunningModel): Promise<void>
  serve(loaded: Loaded): void
  /** It is not served any more, and why. */
  failed(error: unknown): void
}

/**
 * Call while nothing else is loaded or unloaded.
 * @param mayPause whether its detections may pause for as long as a load takes.
 * @returns false where it is not loaded, or was not loaded anew: without room beside, or because that failed.
 */
export async function rebuild(model: HostedModel, parts: RebuildParts, mayPause: boolean): Promise<boolean> {
  const { running } = model
  if (!running || model.loading) return false
  model.loading = true
  try {
    if (parts.hasRoom()) return await beside(running, parts)
    return mayPause && (await instead(model, running, parts))
  } finally {
    model.loading = false
  }
}

/** @throws what the load throws; `before` serves on. */
async function beside(before: RunningModel, parts: RebuildParts): Promise<boolean> {
  const fresh = await parts.load()
  await drain(before)
  parts.serve(fresh)
  await parts.unload(before)
  return true
}

async function instead(model: HostedModel, before: RunningModel, parts: RebuildParts): Promise<boolean> {
  model.running = null // from here on nobody else looks at its slab
  await drain(before)
  await parts.unload(before)
  try {
    parts.serve(await parts.load())
    return true
  } catch (error) {
    parts.failed(error)
    return false
  }
}
