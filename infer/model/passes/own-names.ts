/** Pass: refuses a model that has tensors of the names that later passes make. Two tensors of one name would make a graph that no runtime loads. */
import { NAME_PREFIX } from '../onnx/graph-editor.js'
import { modelInvalid } from '../onnx/invalid.js'
import { OUTPUT_NAME } from './candidates-output.js'
import { INPUT_NAME } from './i420-input.js'
import type { Pass } from './pass.js'

export const ownNames: Pass = {
  name: 'own-names',
  version: 1,
  apply({ graph }, { file }): void {
    const declared = [...graph!.initializer!, ...graph!.input!].map(({ name }) => name)
    const names = [...declared, ...graph!.node!.flatMap(({ output }) => output)]
    const isOurs = (name?: string | null) =>
      name === INPUT_NAME || name === OUTPUT_NAME || name?.startsWith(NAME_PREFIX)
    const taken = names.find(isOurs)
    if (taken) throw modelInvalid(file, `it has a tensor named ${taken}`, 'that name free for Ringside’s own')
  },
}
