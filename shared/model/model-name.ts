/** How models are named: `<name>` or `<name>@<precision>`. One rule for the command line, REST and the folders of the registry. */

/** Of weights and activations. The input stays uint8 and the candidates float32 in each. */
export const precisions = ['fp32', 'fp16', 'int8'] as const
export type Precision = (typeof precisions)[number]

/** A name is a folder of the registry: it begins with a letter or digit, so that it is no hidden file and no `..`. */
export const baseNamePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
export const modelNamePattern = `${baseNamePattern.slice(0, -1)}(@(${precisions.join('|')}))?$`

/** What REST has an address for: `/api/v1/models/catalogue` is no model. */
export const reservedNames: readonly string[] = ['catalogue', 'pull']

export interface ModelName {
  /** Without its precision: what the registry knows. */
  base: string
  precision: Precision
}

/** Splits at the last `@`. null where what follows it is no precision. */
export function splitModelName(name: string): ModelName | null {
  const at = name.lastIndexOf('@')
  if (at < 0) return { base: name, precision: 'fp32' }
  const precision = precisions.find(each => each === name.slice(at + 1))
  return precision ? { base: name.slice(0, at), precision } : null
}

/** As streams name it: fp32 has no suffix. */
export function joinModelName(base: string, precision: Precision): string {
  return precision === 'fp32' ? base : `${base}@${precision}`
}

/** One name for one model: `x@fp32` is `x`. What is no name stays as it is, and is found nowhere. */
export function canonicalModelName(name: string): string {
  const split = splitModelName(name)
  return split ? joinModelName(split.base, split.precision) : name
}
