/**
 * Builds YOLOv8 detectors as ONNX files with random weights: real in shape and cost, with nothing learnt, so that speed can be measured
 * where no trained file may travel. Nothing but graph and weights is made here.
 *
 * Input:  images float32 [batch, 3, 640, 640], RGB, 0 … 1.
 * Output: output0 float32 [batch, 4 + 80, 8400]: centre x, centre y, width, height in pixels, then class scores, sigmoid done.
 * Source: `ultralytics/cfg/models/v8/yolov8.yaml`, `ultralytics/nn/modules/{conv,block,head}.py`; convolutions carry the batch
 * normalisation behind them, as in every exported file.
 */
import { GraphEditor, valueInfo } from '../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Model, ModelProto } from '../../infer/model/onnx/proto.js'
import { normalNumbers } from './normal-numbers.js'

export type Yolov8Size = 'n' | 's'

/** `scales` of the yaml file: depth and width; parameters with batch normalisation folded in, as Ultralytics prints them. */
export const yolov8Sizes: Readonly<Record<Yolov8Size, { depth: number; width: number; parameters: number }>> =
  {
    n: { depth: 1 / 3, width: 0.25, parameters: 3_151_904 },
    s: { depth: 1 / 3, width: 0.5, parameters: 11_156_544 },
  }

const OPSET = 17
const SIDE_PX = 640
const STRIDES_PX = [8, 16, 32] as const
const CLASSES = 80
/** Bins of the distribution that a side of a box is read from. */
const BINS = 16
/** Of weights, in units of 1 / √fan-in: below 1.4 a signal dies on its way through SiLU, above 1.6 scores are all 1. */
const GAIN = 1.5

export function yolov8Model(size: Yolov8Size, seed = 1): Model {
  const graph: Graph = { name: `yolov8${size}`, node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, OPSET, 'yolov8')
  const network = new Network(editor, yolov8Sizes[size], seed)
  network.detect(network.features('images'), 'output0')
  const anchors = STRIDES_PX.reduce((sum, stride) => sum + (SIDE_PX / stride) ** 2, 0)
  graph.node = editor.nodes
  graph.input = [valueInfo('images', elementType.float, ['batch', 3, SIDE_PX, SIDE_PX])]
  graph.output = [valueInfo('output0', elementType.float, ['batch', 4 + CLASSES, anchors])]
  // The names that Ringside adds itself must be free in a source model.
  for (const item of [...graph.node, ...graph.initializer!]) rename(item)
  const metadataProps = [
    { key: 'task', value: 'detect' },
    { key: 'imgsz', value: `[${SIDE_PX}, ${SIDE_PX}]` },
  ]
  const opsetImport = [{ domain: '', version: OPSET }]
  return ModelProto.create({ irVersion: 8, opsetImport, graph, metadataProps })
}

export function yolov8File(size: Yolov8Size, seed = 1): Buffer {
  return Buffer.from(ModelProto.encode(yolov8Model(size, seed)).finish())
}

/** A tensor of the network, with what the next layer must know of it. */
interface Feature {
  name: string
  channels: number
}

class Network {
  readonly #random: (count: number) => Float32Array

  constructor(
    private readonly editor: GraphEditor,
    private readonly scale: { depth: number; width: number },
    seed: number,
  ) {
    this.#random = normalNumbers(seed)
  }

  /** Backbone and neck. @returns what the head looks at, one a stride. */
  features(images: string): Feature[] {
    const stem = this.conv(
      this.conv({ name: images, channels: 3 }, this.#width(64), 3, 2),
      this.#width(128),
      3,
      2,
    )
    const p3 = this.c2f(this.conv(this.c2f(stem, 128, 3, true), this.#width(256), 3, 2), 256, 6, true)
    const p4 = this.c2f(this.conv(p3, this.#width(512), 3, 2), 512, 6, true)
    const p5 = this.sppf(this.c2f(this.conv(p4, this.#width(1024), 3, 2), 1024, 3, true))
    const middle = this.c2f(this.#concat([this.doubled(p5), p4]), 512, 3, false)
    const small = this.c2f(this.#concat([this.doubled(middle), p3]), 256, 3, false)
    const downSmall = this.conv(small, small.channels, 3, 2)
    const medium = this.c2f(this.#concat([downSmall, middle]), 512, 3, false)
    const downMedium = this.conv(medium, medium.channels, 3, 2)
    return [small, medium, this.c2f(this.#concat([downMedium, p5]), 1024, 3, false)]
  }

  /** The decoupled head: sides of boxes as distributions, and classes. */
  detect(features: readonly Feature[], output: string): void {
    const sideWidth = Math.max(16, features[0]!.channels >> 2, 4 * BINS)
    const classWidth = Math.max(features[0]!.channels, Math.min(CLASSES, 100))
    const branch = (feature: Feature, width: number, channels: number): string => {
      const last = this.plain(this.conv(this.conv(feature, width, 3), width, 3), channels, 1, 1)
      return this.editor.reshape(last.name, [0, channels, -1])
    }
    const joined = (width: number, channels: number): string =>
      this.editor.node(
        'Concat',
        features.map(feature => branch(feature, width, channels)),
        { axis: 2 },
      )
    const boxes = this.#boxes(joined(sideWidth, 4 * BINS))
    const scores = this.editor.node('Sigmoid', [joined(classWidth, CLASSES)])
    this.editor.append('Concat', [boxes, scores], [output], { axis: 1 })
  }

  /** Convolution, batch normalisation folded in, SiLU. */
  conv(input: Feature, channels: number, kernel: number, stride = 1): Feature {
    const { name } = this.plain(input, channels, kernel, stride)
    return { name: this.editor.node('Mul', [name, this.editor.node('Sigmoid', [name])]), channels }
  }

  plain(input: Feature, channels: number, kernel: number, stride: number): Feature {
    const perOutput = input.channels * kernel * kernel
    const weights = this.#random(channels * perOutput).map(value => (value * GAIN) / Math.sqrt(perOutput))
    const bias = this.#random(channels).map(value => value / 10)
    const pad = kernel >> 1
    const constants = [
      this.editor.floats(weights, [channels, input.channels, kernel, kernel]),
      this.editor.floats(bias, [channels]),
    ]
    const attributes = {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
    }
    return { name: this.editor.node('Conv', [input.name, ...constants], attributes), channels }
  }

  c2f(input: Feature, fullWidth: number, repeats: number, shortcut: boolean): Feature {
    const channels = this.#width(fullWidth)
    const half = channels / 2
    const opened = this.conv(input, channels, 1)
    const parts = [0, 1].map(i => ({ name: `${opened.name}_${i}`, channels: half }))
    this.editor.append(
      'Split',
      [opened.name, this.editor.ints([half, half])],
      parts.map(({ name }) => name),
      { axis: 1 },
    )
    for (let i = 0; i < Math.max(1, Math.round(repeats * this.scale.depth)); i++) {
      const last = parts.at(-1)!
      const made = this.conv(this.conv(last, half, 3), half, 3)
      parts.push(shortcut ? { name: this.editor.node('Add', [last.name, made.name]), channels: half } : made)
    }
    return this.conv(this.#concat(parts), channels, 1)
  }

  sppf(input: Feature): Feature {
    const pooled = [this.conv(input, input.channels / 2, 1)]
    for (let i = 0; i < 3; i++) {
      const { name, channels } = pooled.at(-1)!
      const attributes = { kernel_shape: [5, 5], pads: [2, 2, 2, 2], strides: [1, 1] }
      pooled.push({ name: this.editor.node('MaxPool', [name], attributes), channels })
    }
    return this.conv(this.#concat(pooled), input.channels, 1)
  }

  doubled({ name, channels }: Feature): Feature {
    const scales = this.editor.floats([1, 1, 2, 2], [4])
    const attributes = {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    }
    return { name: this.editor.node('Resize', [name, '', scales], attributes), channels }
  }

  /** [N, 4 · bins, anchors] → [N, 4, anchors]: the expected bin of each side, then a box about the anchor. */
  #boxes(sides: string): string {
    const { editor } = this
    const bins = editor.node('Transpose', [editor.reshape(sides, [0, 4, BINS, -1])], { perm: [0, 2, 1, 3] })
    const steps = editor.floats(
      Array.from({ length: BINS }, (_, i) => i),
      [1, BINS, 1, 1],
    )
    const expected = editor.node('Conv', [editor.node('Softmax', [bins], { axis: 1 }), steps], {
      kernel_shape: [1, 1],
    })
    const distances = editor.reshape(expected, [0, 4, -1])
    const { centres, strides } = this.#anchors()
    const from = editor.node('Sub', [centres, editor.slice(distances, 1, 0, 2)])
    const to = editor.node('Add', [centres, editor.slice(distances, 1, 2, 4)])
    const middle = editor.node('Div', [editor.node('Add', [from, to]), editor.floats([2], [])])
    const box = editor.node('Concat', [middle, editor.node('Sub', [to, from])], { axis: 1 })
    return editor.node('Mul', [box, strides])
  }

  #anchors(): { centres: string; strides: string } {
    const xs: number[] = []
    const ys: number[] = []
    const steps: number[] = []
    for (const stride of STRIDES_PX) {
      const cells = SIDE_PX / stride
      for (let i = 0; i < cells * cells; i++) {
        xs.push((i % cells) + 0.5)
        ys.push(Math.floor(i / cells) + 0.5)
        steps.push(stride)
      }
    }
    const centres = this.editor.floats([...xs, ...ys], [1, 2, xs.length])
    return { centres, strides: this.editor.floats(steps, [1, 1, xs.length]) }
  }

  #concat(parts: readonly Feature[]): Feature {
    const names = parts.map(({ name }) => name)
    const channels = parts.reduce((sum, part) => sum + part.channels, 0)
    return { name: this.editor.node('Concat', names, { axis: 1 }), channels }
  }

  #width(full: number): number {
    return Math.ceil((full * this.scale.width) / 8) * 8
  }
}

function rename(item: { name?: string | null; input?: string[] | null; output?: string[] | null }): void {
  const own = (name: string) => name.replace(/^ringside\//, '')
  if (item.name) item.name = own(item.name)
  if (item.input) item.input = item.input.map(own)
  if (item.output) item.output = item.output.map(own)
}
