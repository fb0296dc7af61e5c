// Fails when the documentation points at something that is not there: a file, a heading, an npm script. Also when a source file outgrows one noun.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const MAX_LINES = 250
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter(file => fs.existsSync(file))
const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8'))
const problems = []

for (const file of tracked.filter(name => name.endsWith('.md'))) {
  const text = fs.readFileSync(file, 'utf8')
  checkLinks(file, text)
  for (const [, script] of text.matchAll(/npm run ([a-z][a-z:-]*)/g)) {
    if (!scripts[script]) problems.push(`${file}: there is no npm script "${script}"`)
  }
}
for (const file of tracked.filter(name => /\.(ts|tsx|mjs|lua)$/.test(name) && !name.startsWith('test/'))) {
  const lines = fs.readFileSync(file, 'utf8').split('\n').length - 1
  if (lines > MAX_LINES) problems.push(`${file}: ${lines} lines; one noun a file has at most ${MAX_LINES}`)
}
for (const problem of problems) console.error(problem)
console.log(
  problems.length === 0 ? 'documentation: nothing dangles' : `documentation: ${problems.length} problems`,
)
process.exit(problems.length === 0 ? 0 : 1)

function checkLinks(file, text) {
  const prose = text.replace(/```[\s\S]*?```/g, '')
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue
    const [name, heading] = target.split('#')
    const to = name ? path.join(path.dirname(file), name) : file
    if (!fs.existsSync(to)) problems.push(`${file}: ${target} is not there`)
    else if (heading && !headingsOf(to).has(heading))
      problems.push(`${file}: ${to} has no heading #${heading}`)
  }
}

function headingsOf(file) {
  const headings = fs.readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)
  return new Set(
    [...headings].map(([, text]) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  )
}
