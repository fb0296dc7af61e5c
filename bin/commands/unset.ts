/** Options that a word takes away (`--fps none`): null in the request. */

/** Stands for null until the options are parsed: of a parser's null commander makes ''. */
const unset: unique symbol = Symbol('unset')

/** For commander: what `parse` makes of the text, or the word that takes the value away. */
export function orWord<T>(word: string, parse: (text: string) => T): (text: string) => T | typeof unset {
  return text => (text === word ? unset : parse(text))
}

/** The options as the request carries them. */
export function withNulls(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, value === unset ? null : value]),
  )
}
