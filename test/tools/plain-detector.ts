/** A detector with nothing clever in it: the original model, its family's reference decoder, O(n²) suppression where the family needs any. Tests compare with it. */
import fs from 'node:fs'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import type { Candidate } from '../../infer/model/families/family.js'
import { gatherEvidence } from '../../infer/model/onnx/evidence.js'
import { floatsFromHalves, halvesFromFloats } from '../../infer/model/onnx/half.js'
import { elementType } from '../../infer/model/onnx/proto.js'
import { parseModel } from '../../infer/model/onnx/read-model.js'
import { readSidecar } from '../../infer/model/sidecar.js'
import { type ModelSpec, specOf } from '../../infer/model/spec.js'

export interface PlainDetection {
  /** In source pixels. */
  box: [x1: number, y1: number, x2: number, y2: number]
  score: number
  classId: number
}

interface Placed {
  /** [3, H, W] */
  input: Float32Array
  scaleX: number
  scaleY: number
  offsetX: number
  offsetY: number
}

export class PlainDetector {
  private constructor(
    private readonly session: ort.InferenceSession,
    readonly spec: ModelSpec,
  ) {}

  static async load(file: string, threads = 1): Promise<PlainDetector> {
    const sidecar = await readSidecar(file)
    const spec = specOf(gatherEvidence(parseModel(fs.readFileSync(file), file), file, sidecar), file, sidecar)
    return new PlainDetector(await ort.InferenceSession.create(file, { intraOpNumThreads: threads }), spec)
  }

  /** Every row of one float input [3, H, W], best first. */
  async candidates(input: Float32Array): Promise<Candidate[]> {
    const { family, head } = this.spec
    const outputs = await this.session.run(this.#feeds(input))
    const values = head.outputs.map(({ name }) => numbersOf(outputs[name]!))
    return family.decode(values, head).sort((a, b) => b[4] - a[4])
  }

  /** Of an image file, with no video, no I420 and no rounding to even sizes in between. */
  async detect(image: string, minScore: number, maxIou: number): Promise<PlainDetection[]> {
    const { data, info } = await sharp(image)
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const placed = await this.#place(data, info.width, info.height)
    const candidates = (await this.candidates(placed.input)).filter(candidate => candidate[4] >= minScore)
    const kept = this.spec.nms ? plainNms(candidates, maxIou) : candidates
    return kept.map(([x1, y1, x2, y2, score, classId]) => {
      const x = (px: number) => clamp((px - placed.offsetX) / placed.scaleX, info.width)
      const y = (px: number) => clamp((px - placed.offsetY) / placed.scaleY, info.height)
      return { box: [x(x1), y(y1), x(x2), y(y2)], score, classId }
    })
  }

  #feeds(input: Float32Array): Record<string, ort.Tensor> {
    const { inputName, inputType, heightPx, widthPx, head } = this.spec
    const dims = [1, 3, heightPx, widthPx]
    const image =
      inputType === elementType.float16
        ? new ort.Tensor('float16', halvesFromFloats(input), dims)
        : new ort.Tensor('float32', input, dims)
    const fixed = head.fixedInputs.map(({ name, values }) => {
      const data = BigInt64Array.from(values, BigInt)
      return [name, new ort.Tensor('int64', data, [1, values.length])]
    })
    return { [inputName]: image, ...Object.fromEntries(fixed) }
  }

  async #place(rgb: Buffer, sourceWidth: number, sourceHeight: number): Promise<Placed> {
    const { widthPx, heightPx, letterbox } = this.spec
    const fit = Math.min(widthPx / sourceWidth, heightPx / sourceHeight)
    const isStretched = letterbox.anchor === 'stretch'
    const width = isStretched ? widthPx : Math.round(sourceWidth * fit)
    const height = isStretched ? heightPx : Math.round(sourceHeight * fit)
    const scaled = await sharp(rgb, { raw: { width: sourceWidth, height: sourceHeight, channels: 3 } })
      .resize(width, height, { fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer()
    const centred = letterbox.anchor === 'center' ? 1 : 0
    const offsetX = Math.floor(((widthPx - width) / 2) * centred)
    const offsetY = Math.floor(((heightPx - height) / 2) * centred)
    const input = this.#pixels(scaled, { width, height, offsetX, offsetY })
    return {
      input,
      scaleX: isStretched ? width / sourceWidth : fit,
      scaleY: isStretched ? height / sourceHeight : fit,
      offsetX,
      offsetY,
    }
  }

  #pixels(
    rgb: Buffer,
    at: { width: number; height: number; offsetX: number; offsetY: number },
  ): Float32Array {
    const { widthPx, heightPx, letterbox, pixels } = this.spec
    const seen = (value: number, plane: number) =>
      (value * pixels.scale - pixels.mean[plane]!) / pixels.std[plane]!
    const planePx = widthPx * heightPx
    const input = new Float32Array(3 * planePx).map((_, i) =>
      seen(letterbox.padValue, Math.floor(i / planePx)),
    )
    for (let i = 0; i < at.width * at.height; i++) {
      const target = (at.offsetY + Math.floor(i / at.width)) * widthPx + at.offsetX + (i % at.width)
      for (let channel = 0; channel < 3; channel++) {
        const plane = pixels.channels === 'rgb' ? channel : 2 - channel
        input[plane * planePx + target] = seen(rgb[i * 3 + channel]!, plane)
      }
    }
    return input
  }
}

/** Labels are int64; half-precision outputs come as bits. */
function numbersOf({ data, type }: ort.Tensor): Float32Array {
  if (type === 'float16') return floatsFromHalves(data as Uint16Array)
  return Float32Array.from(data as ArrayLike<number | bigint>, Number)
}

/** Keeps a candidate unless a better one of its class that was kept overlaps it. */
export function plainNms(candidates: readonly Candidate[], maxIou: number): Candidate[] {
  const sorted = [...candidates].sort((a, b) => b[4] - a[4])
  const kept: Candidate[] = []
  for (const candidate of sorted) {
    const rivals = kept.filter(other => other[5] === candidate[5])
    if (rivals.every(other => plainIou(other, candidate) <= maxIou)) kept.push(candidate)
  }
  return kept
}

export function plainIou(a: readonly number[], b: readonly number[]): number {
  const width = Math.max(0, Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!))
  const height = Math.max(0, Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!))
  const area = (box: readonly number[]) => (box[2]! - box[0]!) * (box[3]! - box[1]!)
  const shared = width * height
  return shared === 0 ? 0 : shared / (area(a) + area(b) - shared)
}

function clamp(px: number, limitPx: number): number {
  return Math.min(limitPx, Math.max(0, px))
}
