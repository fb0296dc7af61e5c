/** What children write, as the supervisor reads and shows it. */
import { describe, expect, it } from 'vitest'
import { faultOf, formatLogLine, parseLogLine } from '../../../bin/supervisor/log-line.js'
import { parseRedisLine } from '../../../bin/supervisor/redis-log.js'

const time = new Date(2026, 0, 2, 14, 3, 22).getTime()

describe('parseLogLine', () => {
  it('reads pino’s JSON, and takes anything else as text', () => {
    const json = JSON.stringify({ level: 50, time, stage: 'x', msg: 'no', stream: 'gate' })
    expect(parseLogLine('infer', json, false)).toEqual({
      level: 50,
      time,
      stage: 'infer',
      msg: 'no',
      stream: 'gate',
    })
    expect(parseLogLine('infer', '{"half', true)).toMatchObject({ level: 40, stage: 'infer', msg: '{"half' })
    expect(parseLogLine('infer', '{"msg":1}', false)).toMatchObject({ level: 30, msg: '{"msg":1}' })
  })
})

describe('faultOf', () => {
  it('makes a fatal line the error it was', () => {
    const remedy = 'Enlarge the tmpfs.'
    const text = JSON.stringify({
      level: 60,
      time,
      code: 'shm_too_small',
      key: 'slab.dir',
      remedy,
      msg: `No room. ${remedy}`,
    })
    expect(faultOf(parseLogLine('infer', text, false))).toMatchObject({
      code: 'shm_too_small',
      key: 'slab.dir',
      message: 'infer: No room.',
      remedy,
    })
  })

  it('knows no fault in a line that is not fatal, and none by a name it does not know', () => {
    expect(faultOf(parseLogLine('infer', JSON.stringify({ level: 50, time, msg: 'x' }), false))).toBeNull()
    const odd = JSON.stringify({ level: 60, time, msg: 'x', code: 'toString' })
    expect(faultOf(parseLogLine('infer', odd, false))?.code).toBe('internal')
  })
})

describe('formatLogLine', () => {
  it('is short, and keeps what a person needs', () => {
    const line = {
      level: 40,
      time,
      stage: 'ingest',
      pid: 7,
      msg: 'no answer',
      stream: 'gate',
      reason: { code: 'x' },
    }
    expect(formatLogLine(line)).toBe('14:03:22 ingest  WARN no answer stream=gate reason={"code":"x"}')
    expect(formatLogLine({ level: 30, time, stage: 'up', msg: 'hello' })).toBe('14:03:22 up      hello')
  })
})

describe('parseRedisLine', () => {
  const warning = '24532:M 21 Nov 2026 04:54:19.817 # WARNING Memory overcommit must be enabled!'
  it('is quiet about the start, and warns of what comes later', () => {
    expect(parseRedisLine(warning, false)).toMatchObject({ level: 20 })
    expect(parseRedisLine(warning, true)).toMatchObject({
      level: 40,
      msg: 'WARNING Memory overcommit must be enabled!',
    })
    expect(parseRedisLine('24532:M 21 Nov 2026 04:54:22.876 * Background saving', true)).toMatchObject({
      level: 20,
    })
  })
})
