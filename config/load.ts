/** Loads the settings once: defaults ← YAML file ← variables; validated as a whole, then frozen. Called by each `main.ts` only. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { closest } from 'fastest-levenshtein'
import { parse as parseYaml, YAMLError } from 'yaml'
import { messageOf, RingsideError } from '../shared/errors.js'
import { reservedNames, settingPaths, variables } from './environment.js'
import { type Config, configSchema } from './schema.js'

/** Settings whose values are never shown. */
export const secretSettings = ['server.token', 'redis.url', 'alerts.webhookUrl', 'alerts.webhookSecret']

type Tree = Record<string, unknown>
type Environment = Record<string, string | undefined>

const ajv = new Ajv({ useDefaults: true, allErrors: false, strict: false, verbose: true })
const validate = ajv.compile(configSchema)

/** @throws RingsideError `invalid_config`, naming the key, the value and the remedy. */
export function loadConfig(environment: Environment = process.env): Config {
  const file = environment.RINGSIDE_CONFIG
  const tree = file ? readFile(file) : {}
  applyVariables(tree, environment)
  if (!get(tree, 'dataDir')) set(tree, 'dataDir', defaultDataDir(environment))
  for (const section of Object.keys(configSchema.properties)) {
    if (section !== 'dataDir' && tree[section] === undefined) tree[section] = {}
  }
  if (!validate(tree)) throw describe(validate.errors?.[0] as ErrorObject)
  const config = tree as unknown as Config
  config.dataDir = path.resolve(config.dataDir)
  return freeze(config)
}

function readFile(file: string): Tree {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (cause) {
    throw new RingsideError(
      'invalid_config',
      `RINGSIDE_CONFIG names ${file}, which cannot be read: ${messageOf(cause)}`,
      {
        key: 'RINGSIDE_CONFIG',
        value: file,
        remedy: 'Give the path of a readable YAML file, or unset the variable.',
        cause,
      },
    )
  }
  try {
    const tree: unknown = parseYaml(text, { maxAliasCount: 20 }) ?? {}
    if (typeof tree !== 'object' || Array.isArray(tree))
      throw new YAMLError('YAMLParseError', [0, 0], 'IMPOSSIBLE', 'the top level is not a map of settings')
    return tree as Tree
  } catch (cause) {
    throw new RingsideError('invalid_config', `${file} is not valid YAML: ${messageOf(cause)}`, {
      key: 'RINGSIDE_CONFIG',
      value: file,
      remedy: 'Mend the file; config/default.yml shows every setting.',
      cause,
    })
  }
}

function applyVariables(tree: Tree, environment: Environment): void {
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined) continue
    const key = variables.get(name)
    if (key) set(tree, key, parseVariable(text, key))
    else if (name.startsWith('RINGSIDE_') && !reservedNames.includes(name)) {
      const nearest = closest(name, [...variables.keys()])
      throw new RingsideError('invalid_config', `The variable ${name} is no setting of Ringside.`, {
        key: name,
        remedy: `Did you mean ${nearest}? \`ringside config\` lists every setting.`,
      })
    }
  }
}

/** A variable is a YAML scalar or flow list ("8080", "auto", "[1, 2]"), but stays text where the setting is text. */
function parseVariable(text: string, key: string): unknown {
  const node = key
    .split('.')
    .reduce<{ type?: string; properties?: Tree }>(
      (schema, part) => (schema.properties?.[part] ?? {}) as { type?: string; properties?: Tree },
      configSchema as unknown as { properties?: Tree },
    )
  if (node.type === 'string') return text
  try {
    return parseYaml(text)
  } catch {
    return text // the schema then says what is wrong with it
  }
}

function defaultDataDir(environment: Environment): string {
  return path.join(environment.XDG_DATA_HOME || path.join(os.homedir(), '.local/share'), 'ringside')
}

function describe(error: ErrorObject): RingsideError {
  const at = error.instancePath.slice(1).replaceAll('/', '.')
  if (error.keyword === 'additionalProperties') {
    const key = [at, String(error.params.additionalProperty)].filter(Boolean).join('.')
    return new RingsideError('invalid_config', `There is no setting ${key}.`, {
      key,
      remedy: `Did you mean ${closest(key, settingPaths())}? config/default.yml shows every setting.`,
    })
  }
  const value = secretSettings.includes(at) ? '(hidden)' : JSON.stringify(error.data)
  const meaning = (error.parentSchema as { description?: string } | undefined)?.description
  return new RingsideError('invalid_config', `The setting ${at} is ${value}, but ${error.message}.`, {
    key: at,
    value,
    remedy: meaning ? `It means: ${meaning}` : 'config/default.yml shows every setting.',
  })
}

function get(tree: Tree, key: string): unknown {
  return key.split('.').reduce<unknown>((node, part) => (node as Tree | undefined)?.[part], tree)
}

function set(tree: Tree, key: string, value: unknown): void {
  const parts = key.split('.')
  const last = parts.pop() as string
  let node = tree
  for (const part of parts) {
    if (typeof node[part] !== 'object' || node[part] === null) node[part] = {}
    node = node[part] as Tree
  }
  node[last] = value
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const child of Object.values(value)) freeze(child)
  return Object.freeze(value)
}
