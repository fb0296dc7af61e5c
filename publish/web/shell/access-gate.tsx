/** What a browser without access sees: a field for the token that Ringside printed at its start. */
import { useState } from 'preact/hooks'
import { Logo } from './logo.js'

export function AccessGate() {
  const [token, setToken] = useState('')
  const submit = (event: Event): void => {
    event.preventDefault()
    // The server answers with a cookie and leads back here without the token in the address.
    if (token.trim()) window.location.assign(`/?token=${encodeURIComponent(token.trim())}`)
  }
  const refused = new URLSearchParams(window.location.search).has('token')
  return (
    <main class="gate" id="main">
      <form class="panel gate-form" onSubmit={submit}>
        <Logo />
        <h1>Access token</h1>
        <p>
          This dashboard is protected. Paste the token from the address that Ringside printed when it started
          (the part after <code>token=</code>), or the value of <code>RINGSIDE_TOKEN</code>.
        </p>
        {refused && (
          <p class="field-error" role="alert">
            That token was not accepted. A token made at start changes with each start of Ringside.
          </p>
        )}
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          value={token}
          onInput={event => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={!token.trim()}>
          Open the dashboard
        </button>
      </form>
    </main>
  )
}
