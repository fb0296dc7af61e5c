/** A file that has tensors of Ringside's own names is refused before a graph with two of one name is made. */
import { describe, expect, it } from 'vitest'
import { valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, ModelProto } from '../../../../../infer/model/onnx/proto.js'
import { ownNames } from '../../../../../infer/model/passes/own-names.js'

const context = { file: 'detector.onnx' } as never

function modelWith(names: { input?: string; initializer?: string; output?: string }) {
  const { input = 'images', initializer = 'weight', output = 'output0' } = names
  return ModelProto.create({
    irVersion: 8,
    graph: {
      node: [{ opType: 'Mul', input: [input, initializer], output: [output] }],
      initializer: [{ name: initializer, dims: [1], dataType: elementType.float }],
      input: [valueInfo(input, elementType.float, [1])],
      output: [valueInfo(output, elementType.float, [1])],
    },
  })
}

describe('own names', () => {
  it.each([
    ['an input', { input: 'i420' }],
    ['a weight', { initializer: 'ringside/scores' }],
    ['a result', { output: 'candidates' }],
  ])('refuses %s of such a name, and says which', (_, names) => {
    const [name] = Object.values(names) as [string]
    expect(() => ownNames.apply(modelWith(names), context)).toThrow(
      expect.objectContaining({ code: 'model_invalid', message: expect.stringContaining(name) }),
    )
  })

  it('leaves every other name alone', () => {
    const model = modelWith({ input: 'i420_frames', output: 'my/ringside/candidates' })
    expect(() => ownNames.apply(model, context)).not.toThrow()
  })
})
