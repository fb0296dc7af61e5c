/** Numbers as people read them. */

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${byteUnits[power]}`
}

/** Coarse on purpose: "3 min", not "3 min 7 s 120 ms". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}

export function formatFps(fps: number | null): string {
  return fps === null ? '–' : fps >= 100 ? String(Math.round(fps)) : fps.toFixed(1)
}

export function formatMs(ms: number | null): string {
  if (ms === null) return '–'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

export function formatShare(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

export function formatWatts(watts: number): string {
  return `${Math.round(watts)} W`
}

export function formatCelsius(celsius: number): string {
  return `${Math.round(celsius)} °C`
}

export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

export function formatMhz(mhz: number): string {
  return `${formatCount(mhz)} MHz`
}

export function formatClock(atMs: number): string {
  return new Date(atMs).toLocaleTimeString('en-GB')
}

/** "21 Nov, 14:30:05" */
export function formatMoment(atMs: number): string {
  const day = new Date(atMs).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return `${day}, ${formatClock(atMs)}`
}

export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`
}
