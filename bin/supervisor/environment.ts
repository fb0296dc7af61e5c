/** The environment of the stages: ours, with what `up` has decided in place of what the settings left open. */
import { randomBytes } from 'node:crypto'

/** 256 bits, safe in a URL. */
export function freshToken(): string {
  return randomBytes(32).toString('base64url')
}

export function stageEnvironment(
  decided: { redisUrl: string; token: string; port: number; dataDir: string },
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { RINGSIDE_REDIS_URL, RINGSIDE_SERVER_PORT, RINGSIDE_SERVER_TOKEN, ...rest } = environment
  return {
    ...rest,
    REDIS_URL: decided.redisUrl,
    RINGSIDE_TOKEN: decided.token,
    RINGSIDE_PORT: String(decided.port),
    RINGSIDE_DATA_DIR: decided.dataDir,
  }
}
