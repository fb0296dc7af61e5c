/** What a device has to share out, and amounts of it. Everything is a whole number, so that sums are exact in Redis too. */

/**
 * `deviceBytes`: memory of the GPU. `hostBytes`: memory of the host: processes, decoders, slabs; on a CPU the models too.
 * `ringSlots`: slots of the model's slab. `computePpm`: millionths of the engine's time. `decodePpm`: millionths of what the
 * decoder of the stream can do (NVDEC, or the cores of the host). `pcieBytesPerSecond`: host → device. `streams`: one each.
 */
export const resources = [
  'deviceBytes',
  'hostBytes',
  'ringSlots',
  'computePpm',
  'decodePpm',
  'pcieBytesPerSecond',
  'streams',
] as const
export type Resource = (typeof resources)[number]

/** Safe integers ≥ 0. */
export type Amounts = Record<Resource, number>

/** null: there is no such limit on this device, or it is not known. */
export type Limits = Record<Resource, number | null>

export const noAmounts: Readonly<Amounts> = Object.freeze(
  Object.fromEntries(resources.map(resource => [resource, 0])) as Amounts,
)

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  return Object.fromEntries(resources.map(resource => [resource, a[resource] + b[resource]])) as Amounts
}
