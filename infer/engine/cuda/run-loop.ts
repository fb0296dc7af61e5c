/**
 * The loop of the thread: while something is under way it works, takes requests as they come, and naps where neither leads
 * on; else it rests in its event loop. A request rings the bell, which ends a nap at once.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'

/** What the loop keeps going. */
export interface Workload<Request> {
  receive(request: Request): void
  /** @returns 0 where something happened, milliseconds to nap, or null where only a request leads on. */
  step(): number | null
}

/** @param onError what `step` or `receive` threw: nothing more is done then. */
export function runLoop<Request>(
  port: MessagePort,
  bell: Int32Array,
  work: Workload<Request>,
  onError: (error: unknown) => void,
): void {
  let ended = false
  port.on('message', (request: Request) => {
    if (ended) return
    try {
      work.receive(request)
      spin(port, bell, work)
    } catch (error) {
      ended = true
      onError(error)
    }
  })
}

function spin<Request>(port: MessagePort, bell: Int32Array, work: Workload<Request>): void {
  for (;;) {
    const rung = Atomics.load(bell, 0)
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      work.receive(next.message as Request)
    }
    const napMs = work.step()
    if (napMs === null) return
    if (napMs > 0) Atomics.wait(bell, 0, rung, napMs)
  }
}
