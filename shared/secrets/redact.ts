/** Takes credentials out of text: those inside any URL, and every secret that this process was told of, in each of its spellings. */

/** Longest first: a shorter secret may be a part of a longer one. */
let known: string[] = []

/** A shorter word could be part of any number or name; what stands in a URL is removed whatever its length. */
const MIN_SECRET_CHARACTERS = 6

/** userinfo of a URL, also where the scheme stands in front of another scheme ("file:rtsp://…"). */
const userinfo = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"]*(?:@[^\s/?#@"]*)*@/gi
/** Tokens in query strings. */
const queryToken = /([?&](?:token|password|pass|pwd|key)=)[^&\s"']+/gi

/** Registers the credentials of a URL, so that they are removed wherever they turn up. */
export function rememberSecretsOf(url: string): void {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    return // not a URL: it has no credentials to remember, and is refused elsewhere
  }
  if (parsed.password)
    for (const secret of [parsed.password, `${parsed.username}:${parsed.password}`]) rememberSecret(secret)
}

/** Registers one secret: raw, decoded, percent-encoded and base64. */
export function rememberSecret(secret: string): void {
  const decoded = safeDecode(secret)
  const spellings = [secret, decoded, encodeURIComponent(decoded), Buffer.from(decoded).toString('base64')]
  const telling = spellings.filter(spelling => spelling.trim().length >= MIN_SECRET_CHARACTERS)
  known = [...new Set([...known, ...telling])].sort((a, b) => b.length - a.length)
}

export function redactText(text: string): string {
  let clean = text.replace(userinfo, '$1').replace(queryToken, '$1(hidden)')
  for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, '(hidden)')
  return clean
}

/** The URL without credentials: what may be shown and stored in clear. */
export function shownUrl(url: string): string {
  return redactText(url)
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
