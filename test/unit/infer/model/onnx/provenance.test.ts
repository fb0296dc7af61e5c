/** What a graph's last operators tell: decoded or not, how many objects, how many classes. */
import { describe, expect, it } from 'vitest'
import { GraphEditor, valueInfo } from '../../../../../infer/model/onnx/graph-editor.js'
import { elementType, type Graph, type Node } from '../../../../../infer/model/onnx/proto.js'
import { Provenance } from '../../../../../infer/model/onnx/provenance.js'

const [OBJECTS, CLASSES] = [300, 80]

function graphOf(build: (editor: GraphEditor) => void): Graph {
  const graph: Graph = { name: 'test', node: [], initializer: [], input: [], output: [] }
  const editor = new GraphEditor(graph, 17, 'test')
  build(editor)
  graph.input = [valueInfo('logits', elementType.float, [1, OBJECTS, CLASSES])]
  graph.node = editor.nodes
  return graph
}

/** As RT-DETR (`%`) and D-FINE (`- index / classes · classes`) choose objects: the best pairs of query and class. */
function postprocessor(editor: GraphEditor, modulo: 'Mod' | 'Div'): void {
  const scores = editor.reshape(editor.node('Sigmoid', ['logits']), [0, -1])
  const classCount = editor.ints([CLASSES], [])
  editor.append('TopK', [scores, editor.ints([OBJECTS])], ['scores', 'index'], { axis: 1 })
  if (modulo === 'Mod') {
    editor.append('Mod', ['index', classCount], ['labels'])
    return
  }
  const query = editor.node('Cast', [editor.node('Div', ['index', classCount])], { to: elementType.int64 })
  editor.append('Sub', ['index', editor.node('Mul', [query, classCount])], ['labels'])
}

describe('the selection in front of the outputs', () => {
  it.each(['Mod', 'Div'] as const)('shows objects and classes, where the class comes of %s', modulo => {
    const provenance = new Provenance(graphOf(editor => postprocessor(editor, modulo)))
    const selection = { rows: OBJECTS, classCount: CLASSES }
    expect(provenance.selectionOf(['labels', 'scores'])).toEqual(selection)
  })

  it('keeps its numbers in nodes of their own as well', () => {
    const graph = graphOf(editor => postprocessor(editor, 'Mod'))
    const constants = graph.initializer!.map<Node>(tensor => ({
      opType: 'Constant',
      output: [tensor.name!],
      attribute: [{ name: 'value', t: tensor }],
    }))
    graph.node!.unshift(...constants)
    graph.initializer = []
    expect(new Provenance(graph).selectionOf(['labels'])).toEqual({ rows: OBJECTS, classCount: CLASSES })
  })

  it('is none where an index of no selection is divided, or the number is computed', () => {
    const divided = graphOf(editor => editor.append('Div', ['logits', editor.ints([CLASSES], [])], ['half']))
    expect(new Provenance(divided).selectionOf(['half'])).toEqual({ rows: null, classCount: null })
    const computed = graphOf(editor => {
      const count = editor.node('Shape', ['logits'])
      editor.append('TopK', ['logits', count], ['scores', 'index'], { axis: 1 })
    })
    expect(new Provenance(computed).selectionOf(['scores'])).toEqual({ rows: null, classCount: null })
  })
})

describe('the makers of a tensor', () => {
  it('are seen through what only moves values', () => {
    const graph = graphOf(editor => {
      const boxes = editor.node('Transpose', [editor.reshape(editor.node('Conv', ['logits']), [0, -1])])
      const scores = editor.node('Cast', [editor.node('Sigmoid', ['logits'])], { to: elementType.float })
      editor.append('Concat', [boxes, scores], ['output'], { axis: 1 })
    })
    expect(new Provenance(graph).madeBy('output')).toEqual(new Set(['Conv', 'Sigmoid']))
  })

  it('end at the first arithmetic, and a cycle ends too', () => {
    const graph = graphOf(editor => {
      editor.append('Mul', [editor.node('Conv', ['logits']), 'logits'], ['output'])
      editor.append('Identity', ['b'], ['a'])
      editor.append('Identity', ['a'], ['b'])
    })
    const provenance = new Provenance(graph)
    expect(provenance.madeBy('output')).toEqual(new Set(['Mul']))
    expect(provenance.madeBy('a')).toEqual(new Set())
  })
})
