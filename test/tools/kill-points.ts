/**
 * Every state in which a kill could leave a slab: an operation is run step by step in V8's debugger, and the slab's bytes
 * are kept wherever they have changed. A step holds one store at most, or one `fill` or `set` of an array, so that no other
 * state in between is missed.
 */
import { once } from 'node:events'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const STEPPER = fileURLToPath(new URL('../../dist/test/tools/kill-points-stepper.js', import.meta.url))

/** What the stepper is given. `over[0]` is 1 when the operation has ended. */
export interface StepperData {
  file: string
  over: Int32Array
}

/** @returns the bytes of the slab's file: before the operation, after each store, and at its end. */
export async function killPoints(file: string, operation: () => unknown): Promise<Uint8Array[]> {
  const over = new Int32Array(new SharedArrayBuffer(4))
  const stepper = new Worker(STEPPER, { workerData: { file, over } satisfies StepperData })
  try {
    await once(stepper, 'message')
    const answer = once(stepper, 'message')
    // biome-ignore lint/suspicious/noDebugger: where the stepper gets hold of this thread
    debugger
    operation()
    Atomics.store(over, 0, 1)
    const [states] = (await answer) as [Uint8Array[]]
    return states
  } finally {
    await stepper.terminate()
  }
}

/** Makes the file, and whatever maps it, what it was in that state. */
export function restore(file: string, state: Uint8Array): void {
  const fd = fs.openSync(file, 'r+')
  fs.writeSync(fd, state, 0, state.length, 0)
  fs.closeSync(fd)
}
