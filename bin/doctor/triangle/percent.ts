/** Shares as people read them. */

export function percent(share: number): string {
  const hundredths = share * 100
  return `${hundredths.toFixed(hundredths > 0 && hundredths < 10 ? 1 : 0)} %`
}
