/** Columns for a terminal: each as wide as its widest cell. */

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map(row => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(header), ...rows.map(line)].join('\n')
}

/** Names and values, one below the other; a value of several lines stays in its column. */
export function fields(pairs: readonly (readonly [name: string, value: string])[], indent = ''): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  const gap = `\n${indent}${' '.repeat(width)}  `
  return pairs
    .map(([name, value]) => `${indent}${name.padEnd(width)}  ${value.replaceAll('\n', gap)}`)
    .join('\n')
}
