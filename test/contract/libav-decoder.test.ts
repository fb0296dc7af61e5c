/** The decoder contract, kept by the backend `libav`. */
import { describe } from 'vitest'
import { failuresContract } from './decoder/failures.js'
import { framesContract } from './decoder/frames.js'
import { processContract } from './decoder/process.js'

describe('libav: frames', () => framesContract('libav'))
describe('libav: failures', () => failuresContract('libav'))
describe('libav: its process', () => processContract('libav'))
