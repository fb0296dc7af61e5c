/** Counts what of a prepared int8 graph computes in int8: for people. */
import { ModelProto } from '../onnx/proto.js'
import { GraphIndex } from './graph-index.js'

export interface QuantisedLayers {
  /** Convolutions with weights and activations of int8. */
  int8: number
  /** Convolutions, of any kind, that stay float. */
  float: number
}

export function quantisedLayers(prepared: Uint8Array): QuantisedLayers {
  const { graph } = ModelProto.decode(prepared)
  const index = new GraphIndex(graph!)
  const convolutions = graph!.node!.filter(({ opType }) => opType === 'Conv' || opType === 'ConvTranspose')
  const int8 = convolutions.filter(
    ({ input }) => index.maker(input![1]!)?.opType === 'DequantizeLinear',
  ).length
  return { int8, float: convolutions.length - int8 }
}
