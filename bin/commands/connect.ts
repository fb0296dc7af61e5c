/** The options of every command that talks to a running Ringside, and the connection they describe. */
import { type Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../../config/load.js'
import { rememberSecret } from '../../shared/secrets/redact.js'
import { type Address, resolveAddress } from '../client/address.js'
import { createRest, type Rest } from '../client/rest.js'

export interface ConnectOptions {
  url?: string
  token?: string
}

export function withConnection(command: Command): Command {
  return command
    .option(
      '--url <address>',
      'where Ringside listens (else RINGSIDE_HOST and _PORT, else the one of this data folder)',
    )
    .option(
      '--token <token>',
      'its access token (better in RINGSIDE_TOKEN: every user of a host can read a command line)',
    )
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON')
}

export function connect(options: ConnectOptions): { address: Address; rest: Rest } {
  const address = resolveAddress(options, loadConfig())
  rememberSecret(address.token)
  return { address, rest: createRest(address) }
}

/** For commander: a number of an option, refused where it is none or outside. */
export function numberBetween(minimum: number, maximum: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (text.trim() !== '' && value >= minimum && value <= maximum) return value
    throw new InvalidArgumentError(`Give a number from ${minimum} to ${maximum}.`)
  }
}

/** For commander: the same, refused where it has a fraction. */
export function wholeBetween(minimum: number, maximum: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= minimum && value <= maximum) return value
    throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`)
  }
}
