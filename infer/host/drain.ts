/** Ends the inference of a model: what is under way ends, bounded in time. */
import { sleep } from '../../shared/clock.js'
import type { RunningModel } from './hosted-model.js'

/** A batch that has not ended by then is given up with its engine. */
const DRAIN_MS = 5000

/** The batches under way may end; an engine that hangs is closed under it. */
export async function drain({
  inference,
  loaded,
}: Pick<RunningModel, 'inference' | 'loaded'>): Promise<void> {
  const drained = new AbortController()
  const closing = inference.close()
  await Promise.race([closing, sleep(DRAIN_MS, drained.signal)])
  drained.abort()
  await loaded.engine.close()
  await closing
}
