/**
 * The fields of ONNX messages by number: what `onnx-proto` (IR 8) decodes, what newer IRs added that a copy may lose, and what is refused.
 * Source: onnx.proto of ONNX 1.10 (IR 8) to 1.19 (IR 12).
 */

export type MessageName =
  | 'Model'
  | 'Graph'
  | 'Node'
  | 'Attribute'
  | 'Tensor'
  | 'SparseTensor'
  | 'ValueInfo'
  | 'Type'
  | 'ElementType'
  | 'MapType'
  | 'TensorType'
  | 'Shape'
  | 'Dimension'
  | 'Annotation'
  | 'OperatorSet'
  | 'Entry'

export type Field =
  /** Singular or repeated, length-delimited. */
  | { kind: 'message'; of: MessageName }
  | { kind: 'bytes' }
  /** One number; a decoder that expects it reads nothing else. */
  | { kind: 'int' | 'float' }
  /** Repeated numbers, packed or not. */
  | { kind: 'ints' | 'floats' | 'doubles' }
  /** Hints that change no result; `onnx-proto` drops them. */
  | { kind: 'hint' }
  | { kind: 'refused'; found: string; expected: string }

const bytes = { kind: 'bytes' } as const
const int = { kind: 'int' } as const
const ints = { kind: 'ints' } as const
const hint = { kind: 'hint' } as const
const message = (of: MessageName) => ({ kind: 'message', of }) as const
const refused = (found: string, expected: string) => ({ kind: 'refused', found, expected }) as const

const subgraph = refused(
  'an operator holds a graph of its own (control flow)',
  'a graph without If, Loop or Scan',
)

export const schema: Readonly<Record<MessageName, Readonly<Record<number, Field>>>> = {
  Model: {
    1: int,
    2: bytes,
    3: bytes,
    4: bytes,
    5: int,
    6: bytes,
    7: message('Graph'),
    8: message('OperatorSet'),
    14: message('Entry'),
    20: refused('it carries training graphs', 'a model for inference'),
    25: refused('it defines functions of its own', 'a plain graph'),
    26: hint, // configuration of several devices
  },
  Graph: {
    1: message('Node'),
    2: bytes,
    5: message('Tensor'),
    10: bytes,
    11: message('ValueInfo'),
    12: message('ValueInfo'),
    13: message('ValueInfo'),
    14: message('Annotation'),
    15: message('SparseTensor'),
    16: hint, // metadata
  },
  Node: {
    1: bytes,
    2: bytes,
    3: bytes,
    4: bytes,
    5: message('Attribute'),
    6: bytes,
    7: bytes,
    8: refused('an operator names an overload of a function', 'a plain graph'),
    9: hint, // metadata
    10: hint, // on which devices to run it
  },
  Attribute: {
    1: bytes,
    2: { kind: 'float' },
    3: int,
    4: bytes,
    5: message('Tensor'),
    6: subgraph,
    7: { kind: 'floats' },
    8: ints,
    9: bytes,
    10: message('Tensor'),
    11: subgraph,
    13: bytes,
    14: message('Type'),
    15: message('Type'),
    20: int,
    21: refused('an attribute refers to a function’s', 'a plain graph'),
    22: message('SparseTensor'),
    23: message('SparseTensor'),
  },
  Tensor: {
    1: ints,
    2: int,
    3: refused('a tensor is cut into segments', 'tensors in one piece'),
    4: { kind: 'floats' },
    5: ints,
    6: bytes,
    7: ints,
    8: bytes,
    9: bytes,
    10: { kind: 'doubles' },
    11: ints,
    12: bytes,
    // A path in a model file could name any file of this host.
    13: refused('a tensor keeps its data in another file', 'all data inside (no external_data)'),
    14: int,
    16: hint, // metadata
  },
  SparseTensor: { 1: message('Tensor'), 2: message('Tensor'), 3: ints },
  ValueInfo: { 1: bytes, 2: message('Type'), 3: bytes, 4: hint },
  Type: {
    1: message('TensorType'),
    4: message('ElementType'),
    5: message('MapType'),
    6: bytes,
    8: message('TensorType'),
    9: message('ElementType'),
  },
  /** Of a sequence or an optional. */
  ElementType: { 1: message('Type') },
  MapType: { 1: int, 2: message('Type') },
  TensorType: { 1: int, 2: message('Shape') },
  Shape: { 1: message('Dimension') },
  Dimension: { 1: int, 2: bytes, 3: bytes },
  Annotation: { 1: bytes, 2: message('Entry') },
  OperatorSet: { 1: bytes, 2: int },
  Entry: { 1: bytes, 2: bytes },
}
