/** Class names as exporters write them into the metadata of an ONNX file. */

/** Ultralytics writes a Python dict, `{0: 'person', 1: "driver's seat"}`; others a JSON list. Null where it is neither. */
export function parseClassNames(text: string): string[] | null {
  return parseJsonList(text) ?? parsePythonDict(text)
}

function parseJsonList(text: string): string[] | null {
  if (!text.startsWith('[')) return null
  try {
    const names: unknown = JSON.parse(text)
    return Array.isArray(names) && names.length > 0 && names.every(name => typeof name === 'string')
      ? names
      : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function parsePythonDict(text: string): string[] | null {
  if (!text.startsWith('{')) return null
  const entry = /"?(\d+)"?\s*:\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")/g
  const byIndex = new Map<number, string>()
  for (const [, index, single, double] of text.matchAll(entry)) {
    byIndex.set(Number(index), (single ?? double ?? '').replace(/\\(.)/g, '$1'))
  }
  const names = Array.from({ length: byIndex.size }, (_, i) => byIndex.get(i))
  return names.length > 0 && names.every(name => name !== undefined) ? (names as string[]) : null
}
