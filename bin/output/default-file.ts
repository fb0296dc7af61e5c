/** `config/default.yml`: every setting with its default, meaning, range and variables, written from the schema. */
import { variables } from '../../config/environment.js'
import { configSchema } from '../../config/schema.js'

interface Node {
  properties?: Record<string, Node>
  anyOf?: Node[]
  description?: string
  default?: unknown
  unit?: string
  const?: unknown
  minimum?: number
  maximum?: number
  pattern?: string
}

const HEAD = `# Every setting of Ringside, with its default. Written from config/schema.ts by scripts/write-default-config.mjs.
#
# Copy what you want to change into a file of your own and name it in RINGSIDE_CONFIG. A variable, where set, wins over
# the file; unknown keys and variables are refused. \`ringside config\` prints what is in effect.
`

export function renderDefaultFile(): string {
  return [HEAD, ...entries(configSchema as Node, '', '')].join('\n')
}

function entries(node: Node, path: string, indent: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const childPath = path ? `${path}.${name}` : name
    if (child.properties) return [`${indent}${name}:`, ...entries(child, childPath, `${indent}  `)]
    const comments = [child.description ?? '', facts(child), names(childPath)].filter(Boolean)
    const value = `${name}: ${JSON.stringify(child.default)}`
    return [...comments.map(text => `${indent}# ${text}`), `${indent}${value}`, '']
  })
}

/** "ms, 100 … 86400000" */
function facts(node: Node): string {
  const choices = (node.anyOf ?? []).flatMap(option =>
    option.const === undefined ? [] : [String(option.const)],
  )
  const ranges = [node, ...(node.anyOf ?? [])].map(rangeOf)
  return [node.unit ?? '', ...choices, ...ranges, node.pattern ?? ''].filter(Boolean).join(', ')
}

function rangeOf({ minimum, maximum }: Node): string {
  if (minimum === undefined && maximum === undefined) return ''
  return maximum === undefined ? `at least ${minimum}` : `${minimum} … ${maximum}`
}

function names(path: string): string {
  return [...variables].flatMap(([name, target]) => (target === path ? [name] : [])).join(', ')
}
