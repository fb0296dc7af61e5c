/** Pass: a model whose image input is float16 gets the converted picture in that type. */
import { GraphEditor, NAME_PREFIX } from '../onnx/graph-editor.js'
import { elementType } from '../onnx/proto.js'
import type { Pass } from './pass.js'

const FULL_IMAGE = `${NAME_PREFIX}half/image`

/** Runs behind the pass that makes the picture: takes its result, and gives it on under its old name. */
export const halfInput: Pass = {
  name: 'half-input',
  version: 1,
  apply({ graph }, { spec }): void {
    if (spec.inputType !== elementType.float16) return
    const nodes = graph!.node!
    const maker = nodes.findIndex(({ output }) => output?.includes(spec.inputName))
    nodes[maker]!.output = [FULL_IMAGE]
    const editor = new GraphEditor(graph!, spec.opset, 'half')
    editor.append('Cast', [FULL_IMAGE], [spec.inputName], { to: elementType.float16 })
    nodes.splice(maker + 1, 0, ...editor.nodes)
  },
}
