/** What a page says, waited for. */
import { expect } from 'vitest'

const PATIENCE_MS = 6000

/** The text of what was found there comes to match. */
export async function expectText(
  place: { textContent(): Promise<string | null> },
  pattern: RegExp,
): Promise<void> {
  await expect.poll(() => place.textContent(), { timeout: PATIENCE_MS }).toMatch(pattern)
}
