/** Checks and constructors that recognisers share. A verdict is a head, or in words what speaks against it. */
import type { ModelEvidence, OutputEvidence } from '../onnx/evidence.js'
import type { Head } from './family.js'

const GRID_RANK = 5

export interface Table extends OutputEvidence {
  /** The axes behind the batch; null where the file leaves one open. */
  axes: readonly [number | null, number | null]
}

/** The table of a head of one output. Older YOLOv5 exporters add the raw grids, of rank 5, behind it. */
export function tableOf({ outputs }: ModelEvidence): Table | string {
  const tables = outputs.filter(({ dims }) => dims.length !== GRID_RANK)
  const [table] = tables
  if (tables.length !== 1 || table!.dims.length !== 3) return 'it has not one output of rank 3'
  return { ...table!, axes: [table!.dims[1]!, table!.dims[2]!] }
}

/** Operators that networks end in; any other computed on the values behind the network. */
const rawMakers = new Set(['BatchNormalization', 'Conv', 'Gemm', 'MatMul', 'Sigmoid'])

/** Whether the graph does arithmetic on the values behind the network's last layer: decoding. */
export function isDecoded({ madeBy }: OutputEvidence): boolean {
  return [...madeBy].some(opType => !rawMakers.has(opType))
}

export function isDetectTask({ metadata }: ModelEvidence): string | null {
  const task = metadata.get('task')
  return task && task !== 'detect' ? `its task is ${task}, not detect` : null
}

/** Ultralytics writes it into its files; null elsewhere. */
export function saysEndToEnd({ metadata }: ModelEvidence): boolean | null {
  const text = metadata.get('end2end')
  return text === undefined ? null : text === 'True'
}

export function headOf(
  evidence: ModelEvidence,
  outputs: readonly OutputEvidence[],
  rest: Pick<Head, 'classCount' | 'rows'> & Partial<Head>,
): Head {
  const { widthPx, heightPx } = evidence
  const plain = outputs.map(({ name, dims, elemType }) => ({ name, dims, elemType }))
  return { widthPx, heightPx, outputs: plain, stridesPx: [], fixedInputs: [], ...rest }
}
