/** The top of every view: where one is, where one can go, and whether the page is connected. */
import { ConnectionLight } from './connection-light.js'
import { Logo } from './logo.js'
import { formatRoute, type Route } from './route.js'

/** What a phone has no room for stands in `more`; the name says it all the same. */
const links: { route: Route; text: string; more?: string }[] = [
  { route: { name: 'streams' }, text: 'Streams' },
  { route: { name: 'add' }, text: 'Add', more: 'camera' },
  { route: { name: 'models' }, text: 'Models' },
  { route: { name: 'budget' }, text: 'Budget' },
  { route: { name: 'memory' }, text: 'Memory' },
  { route: { name: 'figures' }, text: 'Figures' },
]

export function Header({ route }: { route: Route }) {
  const section = route.name === 'stream' ? 'streams' : route.name
  return (
    <header class="top">
      <a class="home" href="#/" aria-label="Ringside, all streams">
        <Logo />
      </a>
      <nav aria-label="Views">
        {links.map(link => (
          <a
            key={link.text}
            href={formatRoute(link.route)}
            aria-current={link.route.name === section ? 'page' : undefined}
            aria-label={link.more && `${link.text} ${link.more}`}
          >
            {link.text}
            {link.more && <span class="nav-more">&nbsp;{link.more}</span>}
          </a>
        ))}
      </nav>
      <ConnectionLight />
    </header>
  )
}
