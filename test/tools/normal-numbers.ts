/** Normally distributed numbers that are the same in each run: for weights of networks that nobody trained. */

/** xorshift32 and Box and Muller's transform: millions in a fraction of a second, no two calls alike. */
export function normalNumbers(seed: number): (count: number) => Float32Array {
  let state = Math.imul(seed, 0x9e3779b1) | 1
  const uniform = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) + 1) / (2 ** 32 + 1)
  }
  return count => {
    const values = new Float32Array(count)
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(uniform()))
      const angle = 2 * Math.PI * uniform()
      values[i] = radius * Math.cos(angle)
      if (i + 1 < count) values[i + 1] = radius * Math.sin(angle)
    }
    return values
  }
}
