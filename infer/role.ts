/** The role in Redis that makes one infer the only reader of a device's slabs. */
export function inferRole(device: string): string {
  return `infer-${device}`
}
