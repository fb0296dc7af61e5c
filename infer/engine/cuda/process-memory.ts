/** What NVML says of device memory: of all processes, and of this one. A figure that the driver does not tell is null. */
import { loadNvml, type Nvml, type NvmlDevice, NvmlError } from '../native/nvml.js'

export class ProcessMemory {
  private constructor(
    private readonly nvml: Nvml,
    private readonly device: NvmlDevice,
  ) {}

  /** @returns null where there is no NVML, or it does not know the device. */
  static open(pciBusId: string, library?: string): ProcessMemory | null {
    return known(() => {
      const nvml = loadNvml(library)
      return new ProcessMemory(nvml, nvml.deviceOf(pciBusId))
    })
  }

  /** Used by everybody. */
  usedBytes(): number | null {
    return known(() => this.device.memory().usedBytes)
  }

  /** Held by this process; null too where the driver counts processes by other numbers, as in a container. */
  ownBytes(): number | null {
    const own = known(() => this.device.processes())?.find(({ pid }) => pid === process.pid)
    return own?.usedBytes ?? null
  }

  /** Idempotent. */
  close(): void {
    known(() => this.nvml.close())
  }
}

function known<T>(ask: () => T): T | null {
  try {
    return ask()
  } catch (error) {
    if (error instanceof NvmlError) return null
    throw error
  }
}
