/** A frame that shows a network something everywhere: blocks of colour with grain on them, another picture for each seed. */

const BLOCK_PX = 16

/** I420, uint8 [heightPx · 3/2, widthPx]; the same bytes for the same seed. */
export function noiseFrame(
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  seed: number,
): Uint8Array {
  const random = randomBytes(seed)
  const frame = new Uint8Array((widthPx * heightPx * 3) / 2)
  const columns = Math.ceil(widthPx / BLOCK_PX)
  // Rows of chroma are half as wide, two to a row of bytes: blocks there are smaller, and as good.
  const blocks = Array.from({ length: columns * Math.ceil(frame.length / widthPx / BLOCK_PX) }, random)
  for (let i = 0; i < frame.length; i++) {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)]
    const block = blocks[Math.floor(y / BLOCK_PX) * columns + Math.floor(x / BLOCK_PX)]!
    frame[i] = Math.min(255, (block * 7 + random()) >> 3)
  }
  return frame
}

/** Xorshift32 of Marsaglia. */
function randomBytes(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 255
  }
}
