/** CPU and memory of a process and its children, from /proc. */
import fs from 'node:fs'

const TICKS_PER_SECOND = 100 // USER_HZ, fixed on Linux

export interface ProcessUse {
  cpuSeconds: number
  residentBytes: number
}

export function useOf(pid: number): ProcessUse {
  const fields = statFields(pid)
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: Number(fields[21]) * 4096,
  }
}

/** Sum over the direct children that run now. */
export function useOfChildren(pid: number): ProcessUse {
  return childrenOf(pid)
    .map(useOf)
    .reduce(
      (sum, use) => ({
        cpuSeconds: sum.cpuSeconds + use.cpuSeconds,
        residentBytes: sum.residentBytes + use.residentBytes,
      }),
      {
        cpuSeconds: 0,
        residentBytes: 0,
      },
    )
}

/** Direct children that run now. */
export function childrenOf(pid: number): number[] {
  const threads = fs.readdirSync(`/proc/${pid}/task`)
  return threads.flatMap(thread =>
    fs.readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
}

/** The fields after the command's name, which may hold spaces. */
function statFields(pid: number): string[] {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}
