/** What a browser without access sees: a field for the token that Ringside printed at its start. */
import { useState } from 'preact/hooks'
import { ringside } from '../api/ringside.js'
import { Logo } from './logo.js'
import { ProblemNote } from './problem-note.js'
import { useAction } from './use-action.js'

export function AccessGate() {
  const [token, setToken] = useState('')
  const checking = useAction()
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    const right = await checking.run(() => ringside.checkToken(token.trim()))
    // The server answers with a cookie and leads back here without the token in the address.
    if (right) window.location.assign(`/?token=${encodeURIComponent(token.trim())}${window.location.hash}`)
  }
  return (
    <main class="gate" id="main">
      <form class="panel gate-form" onSubmit={event => void submit(event)}>
        <Logo />
        <h1>Access token</h1>
        <p>
          This dashboard is protected. Paste the token from the address that Ringside printed when it started
          (the part after <code>token=</code>), or the value of <code>RINGSIDE_TOKEN</code>.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          value={token}
          onInput={event => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={!token.trim() || checking.busy}>
          Open the dashboard
        </button>
        {checking.problem && <ProblemNote problem={checking.problem} />}
      </form>
    </main>
  )
}
