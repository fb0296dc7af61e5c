/** Memory of both kinds: a model on a GPU takes device memory, and its slab host memory; on a CPU everything is host memory. Pure. */

export interface Bytes {
  host: number
  /** Always 0 where the device is the CPU. */
  device: number
}

export const noBytes: Bytes = { host: 0, device: 0 }

export function plus(a: Bytes, b: Bytes): Bytes {
  return { host: a.host + b.host, device: a.device + b.device }
}

export function minus(a: Bytes, b: Bytes): Bytes {
  return { host: a.host - b.host, device: a.device - b.device }
}

/** Of each kind there is enough. */
export function fitsIn(asked: Bytes, free: Bytes): boolean {
  return asked.host <= free.host && asked.device <= free.device
}
