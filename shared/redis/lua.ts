/**
 * Loads the Lua scripts of this folder; the number in a script's name is its count of keys. One without a number is a part:
 * a line `-- include <part>` is replaced by it.
 */
import fs from 'node:fs'
import type { Redis } from 'ioredis'

export type Script = (redis: Redis, ...args: (string | number)[]) => Promise<unknown>

/** Command → what ioredis defines it by. */
const scripts = new Map<string, { numberOfKeys: number; lua: string }>()
const defined = new WeakMap<Redis, Set<string>>()

/** @param name e.g. `create-stream-4`. Runs by EVALSHA, and by EVAL where Redis has forgotten the script. */
export function loadScript(name: string): Script {
  const numberOfKeys = Number(name.slice(name.lastIndexOf('-') + 1))
  const lua = read(name).replace(/^-- include (\w+)$/gm, (_, part: string) => read(part))
  const command = `ringside_${name.replaceAll('-', '_')}`
  scripts.set(command, { numberOfKeys, lua })
  return (redis, ...args) => {
    defineScripts(redis)
    return (redis as unknown as Record<string, (...all: (string | number)[]) => Promise<unknown>>)[command]!(
      ...args,
    )
  }
}

/** For each new connection, before its first command: a pipeline that ioredis gathers by itself knows only what was there when it began. */
export function defineScripts(redis: Redis): void {
  const known = defined.get(redis) ?? new Set()
  defined.set(redis, known)
  if (known.size === scripts.size) return
  for (const [command, script] of scripts) {
    if (!known.has(command)) redis.defineCommand(command, script)
    known.add(command)
  }
}

function read(name: string): string {
  return fs.readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8')
}
