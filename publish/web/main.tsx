/** Starts the dashboard in the page; imported by index.html alone. */
import { render } from 'preact'
import { App } from './app.js'
import 'uplot/dist/uPlot.min.css'
import './style/tokens.css'
import './style/base.css'
import './style/controls.css'
import './style/shell.css'
import './style/streams.css'
import './style/stream.css'
import './style/camera.css'
import './style/figures.css'
import './style/models.css'
import './style/budget.css'
import './style/memory.css'

render(<App />, document.getElementById('app')!)
