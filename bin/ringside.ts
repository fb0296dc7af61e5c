#!/usr/bin/env node
/** The `ringside` command: parses, runs one command, and turns what is thrown into a message and an exit code. */
import { CommanderError } from 'commander'
import { ExitCode, exitCodeOf } from './exit-codes.js'
import { printError } from './output/print.js'
import { createProgram } from './program.js'

try {
  await createProgram().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE
  else {
    printError(error)
    process.exitCode = exitCodeOf(error)
  }
}
