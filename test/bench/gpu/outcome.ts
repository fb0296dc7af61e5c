/** How every program of this folder ends: JSON for later, a short table for now, and an exit code that says what it means. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { messageOf } from '../../../shared/errors.js'

export const EXIT = { ok: 0, failed: 1, noGpu: 3 } as const

/** A claim that was put to the proof. */
export interface Check {
  name: string
  passed: boolean
  /** What was seen, in numbers. */
  seen: string
}

export function check(name: string, passed: boolean, seen: string): Check {
  return { name, passed, seen }
}

export type Cell = string | number

/** Written to $OUT where that is set, else here. */
export function writeJson(name: string, value: unknown): string {
  const file = path.resolve(process.env.OUT ?? '.', `${name}.json`)
  const facts = { at: new Date().toISOString(), node: process.version, cpu: os.cpus()[0]?.model.trim() }
  fs.writeFileSync(file, `${JSON.stringify({ ...facts, result: value }, null, 1)}\n`)
  return file
}

/** As Markdown, to be pasted into `docs/performance.md`. */
export function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** Prints every check. @returns the exit code. */
export function judged(checks: readonly Check[]): number {
  for (const { name, passed, seen } of checks) console.log(`${passed ? 'pass' : 'FAIL'}  ${name}: ${seen}`)
  const failed = checks.filter(({ passed }) => !passed).length
  console.log(`${checks.length - failed} passed, ${failed} failed`)
  return failed === 0 ? EXIT.ok : EXIT.failed
}

/** Runs a program to its end, whatever it leaves open. */
export async function end(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main())
  } catch (error) {
    console.error(error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error))
    process.exit(EXIT.failed)
  }
}

export const MIB = 2 ** 20

export function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
