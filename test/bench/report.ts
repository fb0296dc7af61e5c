/** The tables of a benchmark, as Markdown for `docs/performance.md`. */
import os from 'node:os'
import type { Measured } from './measure.js'

/** The pipeline, and the ceiling right after it. */
export interface Round {
  measured: Measured
  /** Frames per second of the bare loop, one a bucket. */
  ceilings: number[]
}

export interface BenchResult {
  streams: number
  rounds: Round[]
  early: Record<string, number>
  late: Record<string, number>
  minutes: number
}

export function printReport({ streams, rounds, early, late, minutes }: BenchResult): void {
  const { measured } = rounds.at(-1) as Round
  const { infer } = measured
  const row = (name: string, of: (round: Round) => string): string =>
    `| ${name} | ${rounds.map(of).join(' | ')} |`
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${os.cpus()[0]?.model} × ${os.availableParallelism()}, Node ${process.version}, ` +
      `${infer.model}, buckets ${infer.buckets.join('/')}, ${infer.threads} threads, ${streams} streams of 10 fps`,
    '',
    `| frames/s |${rounds.map((_, i) => ` round ${i + 1} |`).join('')}`,
    `|---|${rounds.map(() => '---|').join('')}`,
    row('whole pipeline', ({ measured: of }) => of.framesPerSecond.toFixed(1)),
    ...infer.buckets.map((bucket, i) =>
      row(`bare loop, bucket ${bucket}, ${streams} decoders to null`, ({ ceilings }) =>
        ceilings[i]!.toFixed(1),
      ),
    ),
    row('pipeline / best bare loop', ({ measured: of, ceilings }) =>
      (of.framesPerSecond / Math.max(...ceilings)).toFixed(2),
    ),
    '',
    '| per inferred frame | |',
    '|---|---|',
    ...Object.entries(measured.cpuMsPerFrame).map(([name, ms]) => `| CPU of ${name} | ${ms.toFixed(2)} ms |`),
    `| Redis commands | ${measured.redisOpsPerFrame.toFixed(1)} |`,
    `| batch fill | ${infer.fill.toFixed(2)} |`,
    '',
    '| stage | p50 ms | p99 ms |',
    '|---|---|---|',
    ...Object.entries(measured.stagesMs).map(
      ([name, { p50, p99 }]) => `| ${name} | ${p50.toFixed(2)} | ${p99.toFixed(2)} |`,
    ),
    '',
    `| resident memory, MiB | after 1 min | after ${minutes} min |`,
    '|---|---|---|',
    ...Object.keys(early).map(name => `| ${name} | ${mib(early[name]!)} | ${mib(late[name]!)} |`),
    '',
    `residual of the frame balance: ${measured.residual}`,
  ]
  console.log(lines.join('\n'))
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}
