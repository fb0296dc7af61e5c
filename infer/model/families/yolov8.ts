/**
 * YOLOv8 and YOLO11 detectors as Ultralytics exports them (decoded boxes, no NMS in the graph).
 *
 * Input:  [N, 3, H, W], RGB, 0 … 1; the picture in the middle, the rest 114.
 * Output: [N, 4 + classes, anchors], channels first: centre x, centre y, width, height in input pixels, then class
 *         scores, sigmoid done; there is no objectness.
 * Source: the documented output of `yolo export format=onnx` for the task `detect`.
 */

import type { ModelEvidence } from '../onnx/evidence.js'
import type { GraphEditor } from '../onnx/graph-editor.js'
import type { Candidate, Family, Head } from './family.js'
import { anchorCount, commonStridesPx } from './grid.js'

export const yolov8: Family = {
  name: 'yolov8',
  letterbox: { anchor: 'center', padValue: 114 },
  pixels: { channels: 'rgb', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  nms: true,
  minScore: 0.25,
  expects: 'one output [N, 4 + classes, anchors], task detect, no NMS in the graph (strides 8, 16, 32)',
  recognise,
  addScores,
  addBoxes,
  decode,
}

function recognise(evidence: ModelEvidence): Head | string {
  const dims = evidence.outputs[0]?.dims ?? []
  if (evidence.outputs.length !== 1 || dims.length !== 3) return 'it has not one output of rank 3'
  const task = evidence.metadata.get('task')
  if (task && task !== 'detect') return `its task is ${task}, not detect`
  const [, channels, anchors] = dims
  const expected = anchorCount(evidence.widthPx, evidence.heightPx)
  if (anchors && anchors !== expected)
    return `axis 2 of the output is ${anchors}, not its ${expected} anchors`
  if (!anchors && task !== 'detect')
    return 'the output declares no number of anchors, and no metadata `task: detect`'
  const classCount = channels ? channels - 4 : evidence.classNames?.length
  if (!classCount || classCount < 1) return 'the number of classes is not declared'
  const named = evidence.classNames?.length ?? classCount
  if (named !== classCount)
    return `axis 1 of the output holds ${classCount} classes, the metadata name ${named}`
  const { widthPx, heightPx, outputs } = evidence
  return { widthPx, heightPx, classCount, outputs, stridesPx: commonStridesPx, rows: expected }
}

function addScores(editor: GraphEditor, head: Head): string {
  const output = head.outputs[0]!.name
  return editor.maxAlong(editor.slice(output, 1, 4, 4 + head.classCount), 1)
}

function addBoxes(editor: GraphEditor, indices: string, head: Head) {
  const output = head.outputs[0]!.name
  const channels = 4 + head.classCount
  const repeats = editor.ints([1, channels, 1])
  const columnIndices = editor.node('Tile', [editor.reshape(indices, [0, 1, -1]), repeats])
  const columns = editor.node('GatherElements', [output, columnIndices], { axis: 2 })
  const rows = editor.node('Transpose', [columns], { perm: [0, 2, 1] })
  const centre = editor.slice(rows, 2, 0, 2)
  const half = editor.node('Mul', [editor.slice(rows, 2, 2, 4), editor.floats([0.5], [1])])
  const corners = editor.node(
    'Concat',
    [editor.node('Sub', [centre, half]), editor.node('Add', [centre, half])],
    { axis: 2 },
  )
  const classIds = editor.node('ArgMax', [editor.slice(rows, 2, 4, channels)], { axis: 2, keepdims: 1 })
  return { corners, classIds }
}

function decode([output]: readonly ArrayLike<number>[], head: Head): Candidate[] {
  const anchors = anchorCount(head.widthPx, head.heightPx)
  return Array.from({ length: anchors }, (_, i) => {
    const channel = (c: number) => output![c * anchors + i]!
    const scores = Array.from({ length: head.classCount }, (_, c) => channel(4 + c))
    const best = Math.max(...scores)
    const [halfWidth, halfHeight] = [channel(2) / 2, channel(3) / 2]
    const corners = [
      channel(0) - halfWidth,
      channel(1) - halfHeight,
      channel(0) + halfWidth,
      channel(1) + halfHeight,
    ]
    return [...corners, best, scores.indexOf(best)] as Candidate
  })
}
