/** Schemas of what is answered about a GPU and the engines on it. */
import Type from 'typebox'
import { type GpuProcess, type GpuReport, gpuThrottleReasons } from '../../../shared/process/gpu-report.js'
import { type ArenaReport, engineProviders, type HostedEngineReport } from '../../../shared/process/report.js'
import { type AllFit, bytes, type Fits, nullable, wallMs, words } from './common.js'

const share = (description: string) =>
  nullable(Type.Number({ description: `Share of the driver’s sample period, 0 … 1: ${description}` }))
const figure = (description: string) => nullable(Type.Number({ description }))

const gpuProcess = Type.Object({
  pid: Type.Integer({ description: 'As the driver’s host counts.' }),
  usedBytes: nullable(bytes('Its GPU memory.')),
  own: Type.Boolean({ description: 'The infer process itself.' }),
})

export const gpu = Type.Object(
  {
    name: Type.String(),
    uuid: Type.String(),
    pciBusId: Type.String(),
    driver: Type.String({ description: 'Version of the driver.' }),
    atMs: wallMs('When it was sampled.'),
    totalBytes: nullable(bytes('Memory of the GPU.')),
    usedBytes: nullable(bytes('Of all processes.')),
    freeBytes: nullable(bytes('Memory that nothing holds.')),
    reservedBytes: nullable(bytes('What the driver keeps for itself; null where it is counted as used.')),
    processBytes: nullable(bytes('Of the infer process; null where its pid is another inside a container.')),
    processes: nullable(Type.Array(gpuProcess, { description: 'Those with a CUDA context.' })),
    smBusy: share('any kernel ran.'),
    memoryBusy: share('its memory was read or written.'),
    decoderBusy: share('its decoders ran.'),
    encoderBusy: share('its encoders ran.'),
    pcieRxBytesPerSecond: figure('Host to GPU, over 20 ms.'),
    pcieTxBytesPerSecond: figure('GPU to host, over 20 ms.'),
    powerWatts: figure('Power it draws.'),
    powerLimitWatts: figure('Power it may draw.'),
    temperatureCelsius: figure('Of its die.'),
    smClockMhz: figure('Clock of its SMs.'),
    memoryClockMhz: figure('Clock of its memory.'),
    videoClockMhz: figure('Clock of its decoders and encoders.'),
    throttleReasons: nullable(
      Type.Array(words(gpuThrottleReasons), {
        description: 'What holds its clocks back; empty: nothing does.',
      }),
    ),
  },
  { description: 'What NVML says about once a second. A figure that the device does not have is null.' },
)

const arena = Type.Object(
  {
    arenaInUseBytes: bytes('What the engine uses.'),
    arenaMaxInUseBytes: bytes('The most it ever used.'),
    arenaReservedBytes: bytes('What the arena holds of the device.'),
    arenaLimitBytes: bytes('What it may hold.'),
    allocationsAfterWarmUp: Type.Integer({ description: 'Growths of the arena since warm-up; 0.' }),
    outOfMemory: Type.Integer({ description: 'Runs that found no device memory.' }),
  },
  { description: 'Device memory of the engine.' },
)

export const hostedEngine = Type.Object(
  {
    provider: words(engineProviders, 'What runs the graph.'),
    maxInFlight: Type.Integer({ description: 'Batches that it takes at once.' }),
    deviceBytes: bytes('Device memory that its load took; 0 on a CPU.'),
    refusedBuckets: Type.Array(Type.Object({ bucket: Type.Integer(), reason: Type.String() }), {
      description: 'Batch sizes that it could not have.',
    }),
    arena: nullable(arena),
  },
  { description: 'The engine of the model.' },
)

export type GpusFit = AllFit<
  [
    Fits<GpuProcess, typeof gpuProcess>,
    Fits<GpuReport, typeof gpu>,
    Fits<ArenaReport, typeof arena>,
    Fits<HostedEngineReport, typeof hostedEngine>,
  ]
>
