/** The whole dashboard: access first, then the frame of the page with the view that the address names. */
import { BudgetPage } from './budget/budget-page.js'
import { AddCamera } from './camera/add-camera.js'
import { Figures } from './figures/figures.js'
import { MemoryPage } from './memory/memory-page.js'
import { ModelsPage } from './models/models-page.js'
import { AccessGate } from './shell/access-gate.js'
import { Header } from './shell/header.js'
import { Notices } from './shell/notices.js'
import { type Route, useRoute } from './shell/route.js'
import { access } from './store/access.js'
import { useValue } from './store/use-value.js'
import { StreamView } from './stream/stream-view.js'
import { StreamGrid } from './streams/stream-grid.js'

export function App() {
  const route = useRoute()
  if (useValue(access) === 'denied') return <AccessGate />
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        Skip to content
      </button>
      <Header route={route} />
      <main id="main" tabIndex={-1}>
        <Notices />
        <View route={route} />
      </main>
    </>
  )
}

function View({ route }: { route: Route }) {
  switch (route.name) {
    case 'streams':
      return <StreamGrid />
    case 'stream':
      return <StreamView key={route.id} id={route.id} />
    case 'add':
      return <AddCamera />
    case 'models':
      return <ModelsPage />
    case 'budget':
      return <BudgetPage />
    case 'memory':
      return <MemoryPage />
    case 'figures':
      return <Figures />
  }
}

/** A link to `#main` would not do: the hash is the router's. */
function focusMain(): void {
  document.getElementById('main')?.focus()
}
