/** Figures in the sentences of alerts and diffs. */

const MIB = 2 ** 20

export function shownBytes(bytes: number): string {
  const mib = Math.abs(bytes) / MIB
  const text = mib >= 10_240 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib.toFixed(mib < 10 ? 1 : 0)} MiB`
  return bytes < 0 ? `−${text}` : text
}

export function shownShare(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

/** In the largest unit that is at least two. */
export function shownMs(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`
}
