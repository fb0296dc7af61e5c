/**
 * Loads the Lua scripts of this folder; the number in a script's name is its count of keys. One without a number is a part:
 * a line `-- include <part>` is replaced by it.
 */
import fs from 'node:fs'
import type { Redis } from 'ioredis'

export type Script = (redis: Redis, ...args: (string | number)[]) => Promise<unknown>

/** @param name e.g. `create-stream-1`. Runs by EVALSHA, and by EVAL where Redis has forgotten the script. */
export function loadScript(name: string): Script {
  const keyCount = Number(name.slice(name.lastIndexOf('-') + 1))
  const source = read(name).replace(/^-- include (\w+)$/gm, (_, part: string) => read(part))
  const command = `ringside_${name.replaceAll('-', '_')}`
  const defined = new WeakSet<Redis>()
  return (redis, ...args) => {
    if (!defined.has(redis)) {
      redis.defineCommand(command, { numberOfKeys: keyCount, lua: source })
      defined.add(redis)
    }
    return (redis as unknown as Record<string, (...all: (string | number)[]) => Promise<unknown>>)[command]!(
      ...args,
    )
  }
}

function read(name: string): string {
  return fs.readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
}
