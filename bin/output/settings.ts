/** Every setting with its value, default, meaning and variables, from the schema. */
import { settingPaths, variables } from '../../config/environment.js'
import { type Config, configSchema } from '../../config/schema.js'
import { redactText } from '../../shared/secrets/redact.js'

export interface Setting {
  key: string
  value: unknown
  default: unknown
  isDefault: boolean
  unit: string | null
  description: string
  /** Each of these sets it. */
  variables: string[]
}

interface Node {
  properties?: Record<string, Node>
  description?: string
  default?: unknown
  unit?: string
}

export function describeSettings(config: Config): Setting[] {
  return settingPaths().map(key => {
    const node = at(configSchema, key) as Node
    const value = at({ properties: undefined, ...config }, key)
    const fallback = node.default
    return {
      key,
      value: shown(key, value),
      default: fallback,
      isDefault: JSON.stringify(value) === JSON.stringify(fallback),
      unit: node.unit ?? null,
      description: node.description ?? '',
      variables: [...variables].filter(([, path]) => path === key).map(([name]) => name),
    }
  })
}

function shown(key: string, value: unknown): unknown {
  if ((key === 'server.token' || key.startsWith('alerts.webhook')) && value !== '') return '(hidden)'
  return typeof value === 'string' ? redactText(value) : value
}

/** Walks a dotted path, through a schema's `properties` as through a plain tree. */
function at(root: object, key: string): unknown {
  return key.split('.').reduce<unknown>((node, part) => {
    const tree = node as { properties?: Record<string, unknown> } & Record<string, unknown>
    return (tree.properties ?? tree)[part]
  }, root)
}
