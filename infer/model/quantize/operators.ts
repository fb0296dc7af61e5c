/** What operators are to quantisation: which have weights, which compute in uint8, which only move values. */
import { stringAttribute } from '../onnx/attributes.js'
import { elementType, type Node } from '../onnx/proto.js'
import type { GraphIndex } from './graph-index.js'

/** What they give has the quantisation of what they take. */
const movers = new Set(['Concat', 'MaxPool', 'Reshape', 'Resize', 'Slice', 'Split', 'Transpose'])
const pairs = new Set(['Add', 'Mul'])
/** ONNX Runtime computes them in uint8 on a CPU. Others stay float. */
const arithmetic = new Set([...pairs, 'LeakyRelu', 'Sigmoid'])

export function isMover(node: Node): boolean {
  if (node.opType !== 'Resize') return movers.has(node.opType!)
  return stringAttribute(node, 'mode', 'nearest') === 'nearest'
}

export function isArithmetic({ opType }: Node): boolean {
  return arithmetic.has(opType!)
}

/** Two-dimensional, with weights and bias in the file: others cannot be quantised beforehand. */
export function isConvolution({ opType, input }: Node, index: GraphIndex): boolean {
  const weight = opType === 'Conv' ? index.weight(input![1]) : null
  if (weight?.elemType !== elementType.float || weight.dims.length !== 4) return false
  return !input![2] || index.weight(input![2]) !== null
}

/** Inputs that depend on the picture and carry values: no weights, shapes or indices. */
export function activationsOf(node: Node, index: GraphIndex): string[] {
  const count = node.opType === 'Concat' ? node.input!.length : pairs.has(node.opType!) ? 2 : 1
  return node.input!.slice(0, count).filter(name => name && !index.isWeight(name))
}

/** A sum or product with a constant is none of two activations, and stays float. */
export function hasAllActivations(node: Node, index: GraphIndex): boolean {
  return !pairs.has(node.opType!) || activationsOf(node, index).length === 2
}

/** Whether all that a tensor is for is x · sigmoid(x). */
export function isForSiluAlone(name: string, index: GraphIndex): boolean {
  const readers = index.readers(name)
  const sigmoid = readers.find(({ opType }) => opType === 'Sigmoid')
  const product = readers.find(({ opType }) => opType === 'Mul')
  if (readers.length !== 2 || !sigmoid || !product) return false
  return product.input!.includes(sigmoid.output![0]!)
}
