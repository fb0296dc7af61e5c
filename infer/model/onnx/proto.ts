/** The one place that imports `onnx-proto`: a CommonJS package, whose classes and types are given their ES names here. */
import onnxProto, { type onnx } from 'onnx-proto'

export const { ModelProto, NodeProto, TensorProto, AttributeProto } = onnxProto.onnx

export type Model = onnx.ModelProto
export type Graph = onnx.IGraphProto
export type Node = onnx.INodeProto
export type Tensor = onnx.ITensorProto
export type Attribute = onnx.IAttributeProto
export type ValueInfo = onnx.IValueInfoProto

/** Element types of ONNX tensors that we name. */
export const elementType = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10 } as const
