/** Whether anybody can see the page: polling, pictures and reconnection rest while nobody does. */
import { createValue } from './value.js'

export const pageVisible = createValue(document.visibilityState === 'visible')

document.addEventListener('visibilitychange', () => pageVisible.set(document.visibilityState === 'visible'))
