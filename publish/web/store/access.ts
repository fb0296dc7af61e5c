/** Whether the server accepts this browser; set by every answer, read by the shell. */
import { createValue } from './value.js'

export const access = createValue<'unknown' | 'granted' | 'denied'>('unknown')
