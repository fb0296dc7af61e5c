/** What the GPU does while a probe runs, from `nvidia-smi dmon`: a witness that is no part of Ringside. Nothing where there is none. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Means over a probe; null where the driver does not tell. */
export interface GpuUse {
  /** Share of time in which SMs, memory and the decode engines were busy, percent. */
  smPercent: number | null
  memoryPercent: number | null
  decoderPercent: number | null
  /** To and from the GPU, MB/s. */
  pcieRxMBps: number | null
  pcieTxMBps: number | null
  powerW: number | null
  frameBufferMiB: number | null
}

const columns: Record<keyof GpuUse, string> = {
  smPercent: 'sm',
  memoryPercent: 'mem',
  decoderPercent: 'dec',
  pcieRxMBps: 'rxpci',
  pcieTxMBps: 'txpci',
  powerW: 'pwr',
  frameBufferMiB: 'fb',
}

/** Rows of dmon, by the names in its header: `# gpu pwr gtemp … sm mem enc dec …`. A `-` is no number. */
export class DmonTable {
  #names: string[] = []
  #rows: Map<string, number>[] = []

  line(text: string): void {
    const words = text.trim().split(/\s+/)
    if (text.startsWith('#')) {
      const names = words.map(word => word.replace(/^#/, '')).filter(Boolean)
      if (names[0] === 'gpu') this.#names = names // the second header line has the units
      return
    }
    const numbers = words.map((word, i) => [this.#names[i] ?? '', Number(word)] as const)
    this.#rows.push(new Map(numbers.filter(([name, value]) => name && Number.isFinite(value))))
  }

  /** Means of the rows since it was asked last; null where there are none. */
  take(): GpuUse | null {
    const rows = this.#rows
    this.#rows = []
    if (rows.length === 0) return null
    const mean = (column: string): number | null => {
      const values = rows.flatMap(row => row.get(column) ?? [])
      return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
    }
    return Object.fromEntries(
      Object.entries(columns).map(([key, column]) => [key, mean(column)]),
    ) as unknown as GpuUse
  }
}

export interface GpuWitness {
  take(): GpuUse | null
  close(): void
}

/** @param gpu ordinal. */
export function watchGpu(gpu: number): GpuWitness {
  const table = new DmonTable()
  const child: ChildProcess = spawn('nvidia-smi', ['dmon', '-i', String(gpu), '-s', 'putm', '-d', '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.on('error', () => undefined) // a machine without a GPU has no nvidia-smi: then there is nothing to tell
  if (child.stdout) createInterface({ input: child.stdout }).on('line', line => table.line(line))
  return { take: () => table.take(), close: () => void child.kill('SIGKILL') }
}
