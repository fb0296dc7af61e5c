/** A detector with nothing clever in it: the original float model, its family's reference decoder, O(n²) suppression. Tests compare with it. */
import fs from 'node:fs'
import ort from 'onnxruntime-node'
import sharp from 'sharp'
import type { Candidate, Family, Head } from '../../infer/model/families/family.js'
import { recogniseFamily } from '../../infer/model/families/recognise.js'
import { gatherEvidence } from '../../infer/model/onnx/evidence.js'
import { parseModel } from '../../infer/model/onnx/read-model.js'

export interface PlainDetection {
  /** In source pixels. */
  box: [x1: number, y1: number, x2: number, y2: number]
  score: number
  classId: number
}

export class PlainDetector {
  private constructor(
    private readonly session: ort.InferenceSession,
    readonly family: Family,
    readonly shape: Head,
  ) {}

  static async load(file: string, threads = 1): Promise<PlainDetector> {
    const evidence = gatherEvidence(parseModel(fs.readFileSync(file), file), file)
    const { family, head } = recogniseFamily(evidence, file)
    const session = await ort.InferenceSession.create(file, { intraOpNumThreads: threads })
    return new PlainDetector(session, family, head)
  }

  /** Every anchor of one float input [3, H, W], best first. */
  async candidates(input: Float32Array): Promise<Candidate[]> {
    const { widthPx, heightPx } = this.shape
    const tensor = new ort.Tensor('float32', input, [1, 3, heightPx, widthPx])
    const outputs = await this.session.run({ [this.session.inputNames[0]!]: tensor })
    const values = this.shape.outputs.map(({ name }) => outputs[name]!.data as Float32Array)
    return this.family.decode(values, this.shape).sort((a, b) => b[4] - a[4])
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
    return plainNms(candidates, maxIou).map(([x1, y1, x2, y2, score, classId]) => {
      const x = (px: number) => clamp((px - placed.offsetX) / placed.scale, info.width)
      const y = (px: number) => clamp((px - placed.offsetY) / placed.scale, info.height)
      return { box: [x(x1), y(y1), x(x2), y(y2)], score, classId }
    })
  }

  async #place(rgb: Buffer, sourceWidth: number, sourceHeight: number) {
    const { widthPx, heightPx } = this.shape
    const { letterbox, pixels } = this.family
    const scale = Math.min(widthPx / sourceWidth, heightPx / sourceHeight)
    const [width, height] = [Math.round(sourceWidth * scale), Math.round(sourceHeight * scale)]
    const scaled = await sharp(rgb, { raw: { width: sourceWidth, height: sourceHeight, channels: 3 } })
      .resize(width, height, { fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer()
    const centred = letterbox.anchor === 'center' ? 1 : 0
    const offsetX = Math.floor(((widthPx - width) / 2) * centred)
    const offsetY = Math.floor(((heightPx - height) / 2) * centred)
    const seen = (value: number, channel: number) =>
      (value * pixels.scale - pixels.mean[channel]!) / pixels.std[channel]!
    const planePx = widthPx * heightPx
    const input = new Float32Array(3 * planePx).map((_, i) =>
      seen(letterbox.padValue, Math.floor(i / planePx)),
    )
    for (let i = 0; i < width * height; i++) {
      const at = (offsetY + Math.floor(i / width)) * widthPx + offsetX + (i % width)
      for (let channel = 0; channel < 3; channel++) {
        const plane = pixels.channels === 'rgb' ? channel : 2 - channel
        input[plane * planePx + at] = seen(scaled[i * 3 + channel]!, plane)
      }
    }
    return { input, scale, offsetX, offsetY }
  }
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
