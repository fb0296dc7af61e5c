/** The parts that the help texts of several commands share. */

export function examples(...lines: string[]): string {
  return ['', 'Examples:', ...lines.map(line => `  $ ${line}`)].join('\n')
}
