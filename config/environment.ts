/** The variables that override settings: fixed short names, and RINGSIDE_SECTION_KEY for every other key. */
import { configSchema } from './schema.js'

interface SchemaNode {
  properties?: Record<string, SchemaNode>
  default?: unknown
}

/** Names promised in the documentation, beside the generated ones. */
const shortNames: Record<string, string> = {
  RINGSIDE_HOST: 'server.host',
  RINGSIDE_PORT: 'server.port',
  RINGSIDE_TOKEN: 'server.token',
  RINGSIDE_MODEL: 'model.name',
  RINGSIDE_MODELS_DIR: 'model.modelsDir',
  FFMPEG_PATH: 'ingest.ffmpegPath',
  REDIS_URL: 'redis.url',
}

/** Variables of the prefix that are no settings. */
export const reservedNames = ['RINGSIDE_CONFIG', 'RINGSIDE_SECRET_KEY']

/** Dotted path of every setting, in the order of the schema. */
export function settingPaths(node: SchemaNode = configSchema as SchemaNode, prefix = ''): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
    child.properties ? settingPaths(child, `${prefix}${key}.`) : [`${prefix}${key}`],
  )
}

function generatedName(path: string): string {
  return 'RINGSIDE_' + path.replaceAll('.', '_').replace(/[A-Z]/g, '_$&').toUpperCase()
}

/** variable → dotted path of the setting it overrides. */
export const variables: ReadonlyMap<string, string> = new Map([
  ...settingPaths().map(path => [generatedName(path), path] as const),
  ...Object.entries(shortNames),
])
