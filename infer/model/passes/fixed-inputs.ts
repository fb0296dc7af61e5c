/** Pass: inputs beside the image become constants, one row for each image of the batch. */
import type { FixedInput } from '../families/family.js'
import { GraphEditor } from '../onnx/graph-editor.js'
import { elementType } from '../onnx/proto.js'
import { INPUT_NAME } from './i420-input.js'
import type { Pass } from './pass.js'

export const fixedInputs: Pass = {
  name: 'fixed-inputs',
  version: 1,
  apply({ graph }, { spec }): void {
    const fixed = spec.head.fixedInputs
    const editor = new GraphEditor(graph!, spec.opset, 'fixed')
    for (const input of fixed) feed(editor, input)
    graph!.input = graph!.input!.filter(({ name }) => !fixed.some(input => input.name === name))
    graph!.node!.unshift(...editor.nodes)
  },
}

/** As many rows as the frames have: the batch may be known only at run time. */
function feed(editor: GraphEditor, { name, values, elemType }: FixedInput): void {
  const batch = editor.slice(editor.node('Shape', [INPUT_NAME]), 0, 0, 1)
  const shape = editor.node('Concat', [batch, editor.ints([values.length])], { axis: 0 })
  const row = editor.ints(values, [1, values.length])
  const typed = elemType === elementType.int64 ? row : editor.node('Cast', [row], { to: elemType })
  editor.append('Expand', [typed, shape], [name])
}
