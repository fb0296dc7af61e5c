/** The settings of the CUDA engine, each with what it does to memory and speed. Part of the schema of every setting; nothing else reads them here. */
import Type from 'typebox'

const auto = Type.Literal('auto')
const flag = (description: string, value: boolean) => Type.Boolean({ description, default: value })
const bytes = (description: string) =>
  Type.Union([auto, Type.Integer({ minimum: 1 })], { description, unit: 'bytes', default: 'auto' })

export const cudaSchema = Type.Object(
  {
    memoryBytes: bytes(
      'Device memory that all models of a GPU may hold together: weights, activations, buffers; auto: budget.memoryFraction of the device, as its budget is changed. CUDA’s own (0.3 to 1 GB) comes on top. Enforced: a bucket that does not fit is refused, with the sum.',
    ),
    provider: Type.Union([auto, Type.Literal('tensorrt'), Type.Literal('cuda')], {
      description:
        'auto: TensorRT where its libraries are, else CUDA. TensorRT builds each bucket for minutes at its first load, keeps what it built, and needs a workspace while it builds.',
      default: 'auto',
    }),
    graphs: flag(
      'Each bucket is captured as one CUDA graph: a run is then one call, which gains most in small batches. Costs some MB of device memory a bucket.',
      true,
    ),
    nhwc: flag(
      'Activations with their channels last, as tensor cores want them: faster in fp16. Costs a few transposed copies.',
      true,
    ),
    fuseConvBias: flag(
      'The bias is added inside the convolution: fewer passes over device memory. cuDNN compiles such kernels at load, 3 to 5 s a bucket. Needs nhwc.',
      true,
    ),
    tf32: flag(
      'fp32 models may round to 10 bits of mantissa, as tensor cores do: faster, at scores that differ in the third digit. No effect on memory, nor on fp16.',
      false,
    ),
    cudnnSearch: Type.Union(
      [Type.Literal('exhaustive'), Type.Literal('heuristic'), Type.Literal('default')],
      {
        description:
          'How cuDNN picks kernels: exhaustive is the slowest to load and the fastest to run, heuristic loads sooner, default can be very slow.',
        default: 'exhaustive',
      },
    ),
    cudnnMaxWorkspace: flag(
      'Kernels may take as much scratch memory as they like, inside the limit; without it 32 MiB, which rules fast kernels out.',
      true,
    ),
    tensorrtWorkspaceBytes: bytes(
      'Scratch memory that TensorRT may use while it builds and runs; auto: bucket · width · height · 128 bytes (fp32: 256), at least 64 MiB, at most a quarter of the limit. More allows faster kernels.',
    ),
  },
  { additionalProperties: false, default: {} },
)

/** Of the section `infer`: which GPU, and where the engine’s libraries lie. */
export const gpuChoice = {
  gpu: Type.Integer({
    description: 'Which GPU, as CUDA counts them: an infer process serves one.',
    default: 0,
    minimum: 0,
    maximum: 63,
  }),
  gpuProviderDir: Type.String({
    description:
      'Folder of the CUDA provider; empty takes what `ringside gpu install` made for the CUDA of the driver.',
    default: '',
  }),
  gpuLibraryPath: Type.String({
    description:
      'Folders of CUDA, cuDNN and TensorRT libraries, separated by colons; searched before LD_LIBRARY_PATH.',
    default: '',
  }),
}
