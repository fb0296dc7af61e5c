/** What an operator allows a device to carry, and what the device is able to. Pure types. */

/** From the settings (`budget.*`), overridden device by device with `PATCH /api/v1/gpus/{id}/budget`. */
export interface BudgetSettings {
  /** Of the total memory that may be promised. */
  memoryFraction: number
  /** Of that share, kept free for what varies. */
  reserveFraction: number
  /** Of the engine's time that may be promised. */
  utilisation: number
  /** null: no limit of the operator's. */
  maxStreams: number | null
  /** null: as the settings say (`infer.batchWindowMs`). */
  batchWindowMs: number | null
  /** Captured → serialised: what `plan` aims at. */
  latencyTargetMs: number
}

/** A device as admission sees it: reported by infer once a second with its heartbeat. */
export interface DeviceCapacity {
  id: string
  kind: 'cpu' | 'gpu'
  name: string
  /** null on a CPU. */
  deviceTotalBytes: number | null
  /** Of the host, or of the cgroup where that is less. */
  hostTotalBytes: number
  cores: number
  /** Rows and slots of every slab, from the settings. */
  slabRows: number
  slabSlots: number
  /** Of the device's decoders, all together; null where not known, or where there are none. */
  decodePixelsPerSecond: number | null
  /** Of NVDEC's pictures, at their own size: so many a second, scaled, would take all of the GPU's time. null: not known, or no GPU. */
  scalePixelsPerSecond: number | null
  /** null where not measured. */
  pcieBytesPerSecond: number | null
  /**
   * What the settings fix for models, of the device's memory (`model.cuda.memoryBytes`), or of the host's on a CPU
   * (`model.memoryBytes`): infer loads no more, whatever the budget. null or absent: it follows the budget.
   */
  modelBytes?: number | null
}

/** What a stream asks for: declared where it is, else what its camera was seen to send, else assumed. */
export interface StreamDemand {
  id: string
  /** As the stream names it; the default model by its name. */
  model: string
  /** Frames a second that reach the model: the cap, or what the camera sends where that is less. */
  fps: number
  /** Frames a second that its camera sends: all are decoded, whatever the cap. Absent: as `fps`. */
  sourceFps?: number
  widthPx: number
  heightPx: number
  codec: string | null
  decoder: 'nvdec' | 'libav' | 'ffmpeg'
  ringSlots: number
  priority: number
  /** Which of its figures nobody declared and nobody saw yet. */
  assumed: ('fps' | 'size' | 'decoder')[]
  /** Its operator set no frame rate cap, so that it is never refused for its rate; see `elastic.ts`. Absent: the rate is declared. */
  elastic?: boolean
}

/** Whether the figures come from a profile of this model on this device. */
export type Basis = 'measured' | 'estimated'
